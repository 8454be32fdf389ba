"""The baselines ranked again, from the interactions alone."""

from contexts import DAY_MS, is_within, targets, timelines
from folder import grouped, number


def check_baselines(folder, report):
    protocol = folder.protocol
    users = [row for row in folder.csv("users.csv") if row["kind"] == "baseline"]
    for domain, name in folder.domains.items():
        own = [row for row in users if row["eval_domain"] == domain]
        if not own:
            continue
        log = timelines(folder, name)
        items = [row["item"] for row in folder.csv("data", name, "items.csv")]
        rankers = rankers_of(protocol, log, items)
        for model, rows in grouped(own, lambda row: row["model"]).items():
            if model not in rankers:
                report.notes.append(f"{model} on {domain} needs more than the interactions: not ranked again.")
                continue
            check_ranks(report, protocol, log, rankers[model], rows)


def rankers_of(protocol, log, items):
    last = protocol["stages"][-1]
    before = {"startMs": float("-inf"), "endMs": last["endMs"]}
    overall = counts_in(log, items, before)
    latest = counts_in(log, items, last)
    place = {item: at for at, item in enumerate(items)}
    popular = sorted(items, key=lambda item: (-overall[item], place[item]))
    recent = sorted(items, key=lambda item: (-latest[item], -overall[item], place[item]))
    follows = pairs_before(log, last["endMs"])
    weights = coefficients(log, items, protocol["test"]["startMs"])
    lately = sorted(items, key=lambda item: (-weights[item], -overall[item], place[item]))
    return {
        "most popular": lambda history: popular,
        f"most popular ({last['name']})": lambda history: recent,
        "popularity-recency": lambda history: lately,
        "co-occurrence": lambda history: with_pairs(history, follows, overall, popular, place),
    }


def check_ranks(report, protocol, log, ranker, rows):
    """With the history masked, left in, or both, as the run's protocol says."""
    wanted = targets(protocol, log, protocol["test"])
    length = max(protocol["cutoffs"])
    for row in rows:
        user, target = row["user"], row["target"]
        if user not in wanted:
            continue  # told by the check of targets
        earlier = [item for item, _, _ in log[user][: wanted[user]]]
        ranked = ranker(earlier[-protocol["history"] :])
        seen = set(earlier)
        whole = rank_in(ranked[:length], target)
        masked = rank_in([item for item in ranked if item not in seen][:length], target)
        rank, other = (masked, whole) if protocol["maskHistory"] else (whole, masked)
        place = f"{row['model']} {user}"
        report.same("baselines ranked again", place, int(row["rank"]), rank)
        if protocol["maskHistory"] is not None:
            found = number(row["other_rank"])
            report.same("baselines ranked again", f"{place}, other mask", found, other)


def rank_in(ranked, target):
    return ranked.index(target) + 1 if target in ranked else 0


def coefficients(log, items, start):
    """Sum of 2^(-age / 30 days) over an item's interactions before the window."""
    sums = dict.fromkeys(items, 0.0)
    for own in log.values():
        for item, time, _ in own:
            if time < start:
                sums[item] += 2 ** (-(start - time) / DAY_MS / 30)
    return sums


def counts_in(log, items, window):
    counts = dict.fromkeys(items, 0)
    for own in log.values():
        for item, time, _ in own:
            if is_within(window, time):
                counts[item] += 1
    return counts


def pairs_before(log, end):
    """item → item → how often it follows, a pair at distance d ≤ 5 counting 1 / d, half of it back."""
    follows = {}
    for own in log.values():
        kept = [item for item, time, _ in own if time < end]
        for later in range(1, len(kept)):
            for distance in range(1, min(5, later) + 1):
                a, b = kept[later - distance], kept[later]
                if a == b:
                    continue
                for source, sink, weight in ((a, b, 1 / distance), (b, a, 0.5 / distance)):
                    row = follows.setdefault(source, {})
                    row[sink] = row.get(sink, 0) + weight
    return follows


def with_pairs(history, follows, overall, popular, place):
    """Sum over the history, the newest first, of 0.5^k count / popularity^0.25; then by popularity."""
    scores = {}
    recency = 1.0
    for item in reversed(history):
        for other, count in follows.get(item, {}).items():
            damping = max(1, overall[other]) ** 0.25
            scores[other] = scores.get(other, 0) + recency * count / damping
        recency *= 0.5
        if recency < 1e-3:
            break
    scored = sorted(scores, key=lambda item: (-scores[item], -overall[item], place[item]))
    return scored + [item for item in popular if item not in scores]
