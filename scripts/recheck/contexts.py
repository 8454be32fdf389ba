"""Splits, statistics, characteristics, codes and impressions from the files of data/."""

import math

from folder import grouped, number

DAY_MS = 86_400_000


def check_contexts(folder, report):
    statistics = grouped(folder.csv("data", "contexts.csv"), lambda row: row["domain"])
    for domain, name in folder.domains.items():
        log = timelines(folder, name)
        check_order(report, domain, log)
        check_windows(folder, report, domain, log)
        check_statistics(folder, report, domain, name, log, statistics.get(domain, []))
        check_filter(folder, report, domain, name, log)
        check_targets(folder, report, domain, log)
        check_characteristics(folder, report, domain, name, log)
        check_codes(folder, report, domain, name)
        check_impressions(folder, report, domain, name)


def timelines(folder, name):
    """Per user, in the order in which it happened: (item, time in ms, row)."""
    rows = folder.csv("data", name, "interactions.csv")
    users = grouped(rows, lambda row: row["user"])
    return {
        user: [(row["item"], float(row["time_ms"]), row) for row in own]
        for user, own in users.items()
    }


def windows_of(protocol):
    return [
        *protocol["stages"],
        *([protocol["validation"]] if protocol["validation"] else []),
        protocol["test"],
    ]


def is_within(window, time):
    return window["startMs"] <= time < window["endMs"]


def first_seen(log):
    seen = {}
    for own in log.values():
        for item, time, _ in own:
            seen[item] = min(seen.get(item, math.inf), time)
    return seen


def check_order(report, domain, log):
    for user, own in log.items():
        times = [time for _, time, _ in own]
        report.same("splits", f"{domain} {user} in time order", times == sorted(times), True)
        places = [int(row["position"]) for _, _, row in own]
        report.same("splits", f"{domain} {user} positions", places == list(range(len(own))), True)


def check_windows(folder, report, domain, log):
    windows = windows_of(folder.protocol)
    for user, own in log.items():
        for _, time, row in own:
            inside = [window["name"] for window in windows if is_within(window, time)]
            place = f"{domain} {user} {row['position']}"
            report.same("splits", place, row["window"], inside[0] if inside else "")


def check_statistics(folder, report, domain, name, log, rows):
    seen = first_seen(log)
    every = [(user, item, time) for user, own in log.items() for item, time, _ in own]
    windows = {window["name"]: window for window in windows_of(folder.protocol)}
    impressions = folder.csv("data", name, "impressions.csv")
    for at, row in enumerate(rows):
        # The first line of a domain is of the whole log, whatever a stage is called.
        window = windows.get(row["window"]) if at > 0 else None
        inside = [one for one in every if window is None or is_within(window, one[2])]
        place = f"{domain} {row['window']}"
        counts = (
            ("interactions", len(inside)),
            ("users", len({user for user, _, _ in inside})),
            ("items", len({item for _, item, _ in inside})),
        )
        for column, found in counts:
            report.same("statistics", f"{place} {column}", number(row[column]), found)
        if window is None:
            continue
        new = sum(seen[item] >= window["startMs"] for _, item, _ in inside)
        share = new / len(inside) if inside else 0
        report.same("statistics", f"{place} new items", number(row["new_item_share"]), share)
        if impressions:
            samples = sum(one["window"] == row["window"] for one in impressions)
        elif row["window"] == "test":
            samples = len(targets(folder.protocol, log, window))
        else:
            continue
        report.same("statistics", f"{place} samples", number(row["samples"]), samples)


def check_filter(folder, report, domain, name, log):
    rows = {row["what"]: row for row in folder.csv("data", name, "filter.csv")}
    if not rows:
        return
    dropped = ("without title", "before the start", "rare", "of users with too few")
    left = number(rows["before"]["interactions"])
    left -= sum(number(rows[what]["interactions"]) for what in dropped)
    after = rows["after"]
    report.same("filter", f"{domain} interactions", number(after["interactions"]), left)
    report.same(
        "filter", f"{domain} kept", number(after["interactions"]), sum(map(len, log.values()))
    )
    report.same("filter", f"{domain} users", number(after["users"]), len(log))
    items = {item for own in log.values() for item, _, _ in own}
    report.same("filter", f"{domain} items", number(after["items"]), len(items))


def targets(protocol, log, window):
    """User → place of what is asked: the last interaction before the window ends, if it lies in it."""
    found = {}
    for user, own in log.items():
        before = [at for at, (_, time, _) in enumerate(own) if time < window["endMs"]]
        if not before or before[-1] < protocol["minEarlier"]:
            continue
        if is_within(window, own[before[-1]][1]):
            found[user] = before[-1]
    return found


def check_targets(folder, report, domain, log):
    """Whoever was asked was asked for the right item, and nobody was left out but by the cap."""
    protocol = folder.protocol
    rows = [row for row in folder.csv("users.csv") if row["eval_domain"] == domain]
    if not rows:
        return
    for window in windows_of(protocol)[len(protocol["stages"]) :]:
        wanted = targets(protocol, log, window)
        for user, own in log.items():
            marked = [at for at, (_, _, row) in enumerate(own) if row["asked_in"] == window["name"]]
            expected = [wanted[user]] if user in wanted else []
            report.same("splits", f"{domain} {user} asked", str(marked), str(expected))
        own = [row for row in rows if row["eval_period"] == window["name"]]
        if not own:
            continue
        for row in own:
            user = row["user"]
            item = log[user][wanted[user]][0] if user in wanted else None
            report.same("targets", f"{row['model']} {user}", row["target"], item)
        for key, asked in grouped(own, lambda row: (row["model_id"], row["model"])).items():
            cap = protocol["maxUsers" if asked[0]["own"] == "1" else "crossUsers"]
            most = min(len(wanted), cap, protocol["maxUsers"])
            report.same("targets", f"{key[1]} on {domain}: users", len(asked_once(asked)), most)


def asked_once(rows):
    return {row["user"] for row in rows}


def check_characteristics(folder, report, domain, name, log):
    rows = folder.csv("data", name, "characteristics.csv")
    protocol = folder.protocol
    users = [row for row in folder.csv("users.csv") if row["eval_domain"] == domain]
    for window_name, own in grouped(rows, lambda row: row["window"]).items():
        window = next(one for one in windows_of(protocol) if one["name"] == window_name)
        asked = {
            row["user"] for row in users if row["eval_period"] == window_name and row["own"] == "1"
        }
        wanted = targets(protocol, log, window)
        if len(wanted) > protocol["maxUsers"] and not asked:
            continue
        kept = asked or set(wanted)
        found = characteristics(protocol, log, window, {u: wanted[u] for u in kept})
        for row in own:
            place = f"{domain} {window_name} {row['characteristic']}"
            value = found.get(row["characteristic"])
            report.same("characteristics", place, number(row["value"]), value)


def characteristics(protocol, log, window, wanted):
    seen = first_seen(log)
    stages = protocol["stages"]
    every = [(item, time) for own in log.values() for item, time, _ in own]
    inside = [item for item, time in every if is_within(window, time)]
    new = sum(is_within(stages[-1], seen[item]) for item in inside)
    ages = []
    for user, at in wanted.items():
        item, time, _ = log[user][at]
        ages.append(math.log1p(max(0.0, time - seen[item]) / DAY_MS))
    counts = [sum(is_within(stage, time) for _, time in every) for stage in stages]
    total = sum(counts)
    return {
        "newItemShare": new / len(inside) if inside else 0,
        "meanLogItemAge": sum(ages) / len(ages) if ages else 0,
        **{
            f"share of {stage['name']}": count / total if total else 0
            for stage, count in zip(stages, counts)
        },
    }


def check_codes(folder, report, domain, name):
    items = [row["item"] for row in folder.csv("data", name, "items.csv")]
    report.same("items", f"{domain}: named once", len(set(items)), len(items))
    for seed in folder.protocol["seeds"]:
        for table in (f"codes-seed{seed}.csv", f"features-seed{seed}.csv"):
            rows = folder.csv("data", name, table)
            if rows:
                named = [row["item"] for row in rows]
                report.same("codes", f"{domain} {table}: items", named == items, True)


def check_impressions(folder, report, domain, name):
    """Click models were asked for the impressions of the test, in their order."""
    rows = [row for row in folder.csv("data", name, "impressions.csv") if row["window"] == "test"]
    if not rows:
        return
    shown = [(row["user"], row["candidate"], row["label"]) for row in rows]
    clicks = [row for row in folder.csv("clicks.csv") if row["eval_domain"] == domain]
    for key, own in grouped(clicks, lambda row: (row["model_id"], row["model"])).items():
        asked = [(row["user"], row["candidate"], row["label"]) for row in own]
        report.same("impressions", f"{key[1]} on {domain}", asked == shown, True)
