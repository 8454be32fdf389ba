"""Every value of results.csv from what each user was answered (users.csv, clicks.csv)."""

import numpy as np

from folder import grouped, model_of, number
from measures import click, gain, mean_and_error, over_users


def check_answers(folder, report):
    users = grouped(folder.csv("users.csv"), model_of)
    clicks = grouped(folder.csv("clicks.csv"), model_of)
    check_json(folder, report)
    for row in folder.rows:
        place = " · ".join((*model_of(row)[:4], f"seed {row['seed']}", metric_name(row)))
        if model_of(row) in users:
            check_ranking(report, place, row, users[model_of(row)])
        elif model_of(row) in clicks:
            check_click(report, place, row, clicks[model_of(row)])
        else:
            report.fault("results", place, "no user's answers are in the folder")
    for rows in users.values():
        check_gains(report, rows)
    for rows in clicks.values():
        check_places(report, rows)


def metric_name(row):
    return row["metric"] if row["k"] == "0" else f"{row['metric']}@{row['k']}"


def check_json(folder, report):
    """results.json and results.csv are one table."""
    rows = folder.results["rows"]
    report.same("results.json", "number of rows", len(rows), len(folder.rows))
    for one, row in zip(rows, folder.rows):
        for key, column in (("value", "value"), ("standardError", "stderr"), ("nUsers", "n_users")):
            report.same("results.json", f"{row['model']} {key}", one[key], number(row[column]))


def check_ranking(report, place, row, rows):
    k = int(row["k"])
    for column, rank in (("value", "rank"), ("other_value", "other_rank")):
        ranks = [number(one[rank]) for one in rows]
        if None in ranks:
            if row.get(column):
                report.fault("ranking metrics", place, f"{column} without {rank}")
            continue
        value, error = mean_and_error([gain(row["metric"], k, one) for one in ranks])
        report.same("ranking metrics", f"{place} {column}", number(row[column]), value)
        if column == "value":
            report.same("ranking metrics", f"{place} stderr", number(row["stderr"]), error)
            report.same("ranking metrics", f"{place} n", number(row["n_users"]), len(ranks))


def check_gains(report, rows):
    """The columns of users.csv that follow from the rank."""
    for column in rows[0]:
        if "@" not in column:
            continue
        metric, k = column.split("@")
        for row in rows:
            if row[column] == "":
                continue
            found = gain(metric, int(k), int(row["rank"]))
            report.same("users.csv", f"{row['user']} {column}", number(row[column]), found)
    names = [row["user"] for row in rows]
    if len(set(names)) < len(names):
        report.fault("users.csv", rows[0]["model"], "a user is asked twice")


def check_click(report, place, row, rows):
    labels = np.array([int(one["label"]) for one in rows])
    scores = np.array([float(one["score"]) for one in rows])
    measured = click(row["metric"], labels, scores, [one["user"] for one in rows])
    if measured is None:
        report.fault("click metrics", place, "is not defined on these impressions")
        return
    value, error, n, moved = measured
    report.same("click metrics", f"{place} value", number(row["value"]), value)
    report.same("click metrics", f"{place} stderr", number(row["stderr"]), error)
    by_user = number(row["stderr_by_user"])
    report.same("click metrics", f"{place} stderr by user", by_user, over_users(moved))
    report.same("click metrics", f"{place} n", number(row["n_users"]), n)


def check_places(report, rows):
    for at, row in enumerate(rows):
        report.same("clicks.csv", f"{row['model']} impression", int(row["impression"]), at)
