"""Every paired difference of differences.csv, user by user."""

import numpy as np

from folder import context_of, grouped, model_of, number
from measures import click, over_users, ranking, student_t975

# The program has a table of t to three decimals.
T_TOLERANCE = 1e-3


def check_differences(folder, report):
    rows = folder.csv("differences.csv")
    reference = folder.results.get("reference")
    if reference is None:
        report.notes.append("no reference was chosen: there are no differences to check.")
        return
    if not rows:
        report.notes.append(f"nothing could be compared with {reference}.")
    groups = grouped(folder.csv("users.csv"), model_of)
    groups.update(grouped(folder.csv("clicks.csv"), model_of))
    asked = by_model(groups)
    of_seeds = {}
    for row in rows:
        if row["seed"] == "":
            continue
        found = difference(row, asked)
        if found is None:
            report.fault("differences", row["model"], "no answers of both models")
            continue
        of_seeds.setdefault(key_of(row), []).append(found)
        compare(report, row, found)
    for row in rows:
        if row["seed"] == "":
            seeds = of_seeds.get(key_of(row))
            if seeds is None:
                report.fault("differences", row["model"], "a mean over seeds without them")
            else:
                compare(report, row, mean_of(seeds))


def key_of(row):
    return (*context_of(row), row["model"], row["kind"], row["metric"], row["k"])


def compare(report, row, found):
    value, moved, unpaired, seeds = found
    place = " · ".join((*key_of(row)[:4], f"{row['metric']}@{row['k']}", f"seed {row['seed']}"))
    error = over_users(moved)
    report.same("differences", f"{place} difference", number(row["difference"]), value)
    report.same("differences", f"{place} stderr", number(row["stderr"]), error)
    report.same("differences", f"{place} n", number(row["n_users"]), len(moved))
    report.same("differences", f"{place} unpaired", number(row["n_unpaired"]), unpaired)
    report.same("differences", f"{place} seeds", number(row["seeds"]), seeds)
    half = student_t975(len(moved) - 1) * error if len(moved) > 1 else 0.0
    for column, end in (("low_95", value - half), ("high_95", value + half)):
        room = T_TOLERANCE * max(error, 1e-6) / max(1.0, abs(end))
        report.same("differences", f"{place} {column}", number(row[column]), end, max(room, 1e-9))


def answers_of(asked, row, model_id, name):
    """Of this model in this context; of its seed, or of the only one that there is."""
    fits = asked.get((*context_of(row), name, model_id), [])
    own = [rows for rows in fits if rows[0]["seed"] == row["seed"]]
    return (own or fits or [None])[0]


def by_model(groups):
    """Answers by context, name and id, whatever the seed."""
    models = {}
    for key, rows in groups.items():
        models.setdefault((*key[:4], key[5]), []).append(rows)
    return models


def difference(row, asked):
    model = answers_of(asked, row, row["model_id"], row["model"])
    reference = answers_of(asked, row, row["reference_id"], row["reference"])
    if model is None or reference is None:
        return None
    own, other = ({one["user"] for one in rows} for rows in (model, reference))
    both = own & other
    first, second = (measured(row, rows, both) for rows in (model, reference))
    users = {user: first[1][user] - second[1].get(user, 0.0) for user in first[1]}
    return first[0] - second[0], users, len(own | other) - len(both), 1


def measured(row, rows, both):
    rows = [one for one in rows if one["user"] in both]
    users = [one["user"] for one in rows]
    if row["k"] != "0":
        return ranking(row["metric"], int(row["k"]), [int(one["rank"]) for one in rows], users)
    labels = np.array([int(one["label"]) for one in rows])
    scores = np.array([float(one["score"]) for one in rows])
    value, _, _, moved = click(row["metric"], labels, scores, users)
    return value, moved


def mean_of(seeds):
    """Over seeds, user by user."""
    users = {}
    for _, moved, _, _ in seeds:
        for user, share in moved.items():
            users[user] = users.get(user, 0.0) + share / len(seeds)
    return sum(one[0] for one in seeds) / len(seeds), users, seeds[0][2], len(seeds)
