"""Changes of the sums, backing and hard limits of small plans, at the edge of what may pass."""

from __future__ import annotations

from verify_edits import Q1, Q2, capped, change, closed, faint, fixed, floored, terms

from optimizer.verify import check_backing, check_limits, check_sums

# fmt: off
change("a row is missing", "company", check_sums.check_rows,
       lambda d: d.without("targets", rep="Eve", period=Q2, product="Twin"),
       "2024Q2, South, Eve, Twin |  | ")
change("a row of a product the rep does not sell", "company", check_sums.check_rows,
       lambda d: d.relabelled("targets", {"rep": "Cid", "period": Q2}, product="Twin"),
       "2024Q2, East, Cid, MES |  | ", "2024Q2, East, Cid, Twin |  | ")
change("a row where the rep does not work yet", "company", check_sums.check_rows,
       lambda d: d.relabelled("targets", {"rep": "Hal", "product": "Twin"}, period=Q1),
       "2024Q2, West, Hal, Twin |  | ", "2024Q1, West, Hal, Twin |  | ")
change("a regional row is missing", "regional", check_sums.check_rows,
       lambda d: d.without("targets", region="South", period="2024H2"),
       "2024H2, South, all |  | ")
change("a regional row of a closed cell", "regional", check_sums.check_rows,
       lambda d: closed(d, 1, 0, 0),
       "2024H1, South, all |  | ")
change("a rep in another region", "company", check_sums.check_homes,
       lambda d: d.relabelled("targets", {"rep": "Hal", "product": "Twin"}, region="East"),
       "2024Q2, East, Hal, Twin | region West team (none) | region East team (none)")
change("a rep in another team", "company", check_sums.check_homes,
       lambda d: d.relabelled("targets", {"rep": "Bob", "period": Q2, "product": "Twin"},
                           team="Two"),
       "2024Q2, East, Bob, Twin | region East team One | region East team Two")
change("a rep without a team", "company", check_sums.check_homes,
       lambda d: d.relabelled("targets", {"rep": "Cid", "period": Q2}, team=""),
       "2024Q2, East, Cid, MES | region East team Two | region East team (none)")
change("a rep in a team nobody knows", "company", check_sums.check_homes,
       lambda d: d.relabelled("targets", {"rep": "Cid", "period": Q1}, team="Three"),
       "2024Q1, East, Cid, MES | region East team Two | region East team Three")
change("a team for a rep without one", "company", check_sums.check_homes,
       lambda d: d.relabelled("targets", {"rep": "Eve", "period": Q1, "product": "MES"},
                           team="One"),
       "2024Q1, South, Eve, MES | region South team (none) | region South team One")
change("half a unit", "company", check_sums.check_whole,
       lambda d: d.target("floor", 0.5, "2024Q1 Eve Twin"),
       "2024Q1, South, Eve, Twin, floor |  | 88.5")
change("half a unit of a region", "regional", check_sums.check_whole,
       lambda d: d.target("target", 1, "2024H2 North"),
       "2024H2, North, all, target |  | 29")
change("less than nothing", "company", check_sums.check_whole,
       lambda d: d.target("stretch", -122, "Hal Twin"),
       "2024Q2, West, Hal, Twin, stretch |  | -1")
change("nothing at all is whole", "company", check_sums.check_whole,
       lambda d: d.target("stretch", -121, "Hal Twin"))
change("half a unit in the roll-up", "company", check_sums.check_whole,
       lambda d: d.roll("ask", 0.5, "* Coast Twin"),
       "*, Coast, Twin, ask |  | 800.5")
change("a gap below 0", "company", check_sums.check_whole,
       lambda d: d.roll("gap", -1, "2024Q2 West *"),
       "2024Q2, West, *, gap |  | -1")
change("a row of the roll-up is missing", "company", check_sums.check_rollup,
       lambda d: d.without("rollup", period=Q2, region="Coast", team="*", product="*"),
       "2024Q2, Coast, * |  | ")
change("ask in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("ask", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, ask | 1600 | 1601")
change("target in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("target", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, target | 1600 | 1601")
change("gap in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("gap", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, gap | 0 | 1")
change("street in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("street", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, street | 1760 | 1761")
change("floor in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("floor", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, floor | 1408 | 1409")
change("stretch in the roll-up a unit off", "company", check_sums.check_rollup,
       lambda d: d.roll("stretch", 1, "2024Q1 Coast *"),
       "2024Q1, Coast, *, stretch | 1935 | 1936")
change("a quarter of a unit is none", "company", check_sums.check_rollup,
       lambda d: d.roll("street", 0.25, "2024Q1 Coast *"))
change("reference in the roll-up off in the ninth digit", "company", check_sums.check_rollup,
       lambda d: d.roll("reference", 2e-4, "2024Q1 Coast *"),
       "2024Q1, Coast, *, reference | 1600 | 1600.0002")
change("reference in the roll-up rounded to nine digits", "company", check_sums.check_rollup,
       lambda d: d.roll("reference", 1e-4, "2024Q1 Coast *"))
change("a regional target that is not that of the roll-up", "regional", check_sums.check_rollup,
       lambda d: d.target("target", 2, "2024H2 North"),
       "2024H2, *, all, target | 60 | 58", "2024H2, *, *, target | 60 | 58",
       "*, *, all, target | 112 | 110", "*, *, *, target | 112 | 110",
       "2024H2, North, all, target | 30 | 28", "2024H2, North, *, target | 30 | 28",
       "*, North, all, target | 52 | 50", "*, North, *, target | 52 | 50",
       "2024H2, *, all, street | 60 | 58", "2024H2, *, *, street | 60 | 58",
       "*, *, all, street | 112 | 110", "*, *, *, street | 112 | 110",
       "2024H2, North, all, street | 30 | 28", "2024H2, North, *, street | 30 | 28",
       "*, North, all, street | 52 | 50", "*, North, *, street | 52 | 50")
change("a gap that is not ask less target", "company", check_sums.check_gap_column,
       lambda d: d.roll("gap", -1, "* West Twin"),
       "*, West, Twin, gap | 100 | 99")
change("a quarter of a unit of a gap is none", "company", check_sums.check_gap_column,
       lambda d: d.roll("gap", -0.25, "* West Twin"))
change("more asked than the goal", "company", check_sums.check_ask,
       lambda d: d.roll("ask", 1, "* * *"),
       "*, *, *, ask | 4000 | 4001")
change("less asked than the goal with over-assignment", "regional", check_sums.check_ask,
       lambda d: d.roll("ask", -2, "* * *"),
       "*, *, *, ask | 120 | 118")
change("a team row is missing", "company", check_sums.check_teams,
       lambda d: d.without("rollup", period=Q2, team="Two", product="MES"),
       "2024Q2, East, MES, team Two |  | ")
change("a team in another region", "company", check_sums.check_teams,
       lambda d: d.relabelled("rollup", {"team": "Two", "period": Q1, "product": "MES"},
                           region="South"),
       "2024Q1, South, MES, team Two |  | ", "2024Q1, East, MES, team Two |  | ")
change("street of a team a unit off", "company", check_sums.check_teams,
       lambda d: d.roll("street", 1, period="*", team="One", product="Twin"),
       "*, East, Twin, team One, street | 660 | 661")
change("floor of a team a unit off", "company", check_sums.check_teams,
       lambda d: d.roll("floor", 1, period="*", team="One", product="Twin"),
       "*, East, Twin, team One, floor | 528 | 529")
change("stretch of a team a unit off", "company", check_sums.check_teams,
       lambda d: d.roll("stretch", 1, period="*", team="One", product="Twin"),
       "*, East, Twin, team One, stretch | 726 | 727")
change("a quarter of a unit of a team is none", "company", check_sums.check_teams,
       lambda d: d.roll("street", 0.25, period="*", team="One", product="Twin"))
change("reference of a team off in the ninth digit", "company", check_sums.check_teams,
       lambda d: d.roll("reference", 1e-4, period="*", team="One", product="Twin"),
       "*, East, Twin, team One, reference | 440 | 440.0001")
change("reference of a team rounded to nine digits", "company", check_sums.check_teams,
       lambda d: d.roll("reference", 4e-5, period="*", team="One", product="Twin"))
change("a gap of a team", "company", check_sums.check_teams,
       lambda d: d.filled("rollup", {"team": "Two", "period": Q1, "product": "*"}, gap=0.0),
       "2024Q1, East, *, team Two, gap |  | 0")
change("street below the target", "company", check_sums.check_street,
       lambda d: d.target("target", -31, "2024Q1 Cid").target("target", -60, "2024Q1 Ann MES"),
       "2024Q1, East, MES, street | 900 | 899")
change("street a quarter of a unit below the target", "company", check_sums.check_street,
       lambda d: d.target("target", -30.25, "2024Q1 Eve MES")
              .target("target", -10, "2024Q1 Eve Twin"))
change("street above its room", "company", check_sums.check_street,
       lambda d: d.target("target", 1, "2024Q1 Eve Twin"),
       "2024Q1, South, *, street | 440 | 441", "2024Q1, South, Twin, street | 110 | 111")
change("street of a product within a unit of its room", "company", check_sums.check_street,
       lambda d: d.roll("target", 1, "2024Q1 South Twin").target("target", 2, "2024Q1 Eve Twin")
              .target("target", -2, "2024Q1 Eve MES"))
change("street of a product beyond a unit of its room", "company", check_sums.check_street,
       lambda d: d.roll("target", 1, "2024Q1 South Twin").target("target", 3, "2024Q1 Eve Twin")
              .target("target", -3, "2024Q1 Eve MES"),
       "2024Q1, South, Twin, street | 112 | 113")
change("usable potential of a cell off", "company", check_backing.check_backing,
       lambda d: d.roll("potential", -1, "2024Q1 South Twin"),
       "2024Q1, South, Twin, potential | 180 | 179")
change("usable potential of a region off", "regional", check_backing.check_backing,
       lambda d: d.roll("potential", 2, "* North *"),
       "*, North, *, potential | 58 | 60")
change("usable capacity off", "company", check_backing.check_backing,
       lambda d: d.roll("capacity", 1, "* South *"),
       "*, South, *, capacity | 900 | 901")
change("a capacity where one rep has none", "company", check_backing.check_backing,
       lambda d: d.filled("rollup", {"team": "*", "region": "Coast", "period": Q1, "product": "*"},
                           capacity=450.0),
       "2024Q1, Coast, *, capacity | blank | 450")
change("a potential left blank", "company", check_backing.check_backing,
       lambda d: d.filled("rollup", {"team": "*", "region": "West", "period": Q2, "product": "*"},
                           potential=float("nan")),
       "2024Q2, West, *, potential | 450 | blank")
change("above the usable potential", "company", check_limits.check_markets,
       lambda d: d.roll("target", 81, "2024Q1 South Twin"),
       "2024Q1, South, Twin, target | 180 | 181")
change("at the usable potential", "company", check_limits.check_markets,
       lambda d: d.roll("target", 80.25, "2024Q1 South Twin"))
change("a closed cell that carries", "company", check_limits.check_closed,
       lambda d: closed(d, 1, 1, 1),
       "2024Q2, South, Twin, target | 0 | 100", "2024Q2, South, Twin, ask | 0 | 100")
change("a target where nobody works", "company", check_limits.check_closed,
       lambda d: d.roll("target", 1, "2024Q1 West Twin"),
       "2024Q1, West, Twin, target | 0 | 1")
change("a capacity exceeded", "company", check_limits.check_reps,
       lambda d: d.target("target", 11, "2024Q2 Eve Twin"),
       "2024Q2, South, Eve, *, target | 450 | 451")
change("a capacity used up", "company", check_limits.check_reps,
       lambda d: d.target("target", 10.25, "2024Q2 Eve Twin"))
change("below a min", "company", check_limits.check_reps,
       lambda d: d.target("target", -330, "2024Q1 Eve MES")
              .target("target", -11, "2024Q1 Eve Twin"),
       "2024Q1, South, Eve, *, target | 100 | 99")
change("at a min", "company", check_limits.check_reps,
       lambda d: d.target("target", -330, "2024Q1 Eve MES")
              .target("target", -10, "2024Q1 Eve Twin"))
change("capacity of effort is no capacity of targets", "by_effort", check_limits.check_reps,
       lambda d: d.target("target", 900, "2024Q1 Ann Light"))
change("a region lock broken", "company", check_limits.check_locks,
       lambda d: d.roll("target", 1, "2024Q1 East Twin"),
       "2024Q1, East, Twin, target | 300 | 301")
change("a rep lock broken", "company", check_limits.check_locks,
       lambda d: d.target("target", 1, "Hal Twin"),
       "2024Q2, *, *, rep Hal, target | 440 | 441")
change("a lock on a rep's product", "company", check_limits.check_locks,
       lambda d: fixed(d, (0, 2, 0), 0, 275).target("target", 1, "2024Q1 Ann MES"),
       "2024Q1, East, MES, rep Ann, target | 275 | 276")
change("a lock on a rep's product leaves the others", "company", check_limits.check_locks,
       lambda d: fixed(d, (0, 2, 0), 0, 275).target("target", 9, "Ann Twin")
              .target("target", 9, "Bob").target("target", 9, "2024Q2 Ann"))
change("a lock on a rep's year", "company", check_limits.check_locks,
       lambda d: fixed(d, (-1, 2, 1), 0, 330).target("target", 9, "Ann MES")
              .target("target", 1, "2024Q2 Ann Twin"),
       "*, East, Twin, rep Ann, target | 330 | 331")
change("a lock on a rep's period", "company", check_limits.check_locks,
       lambda d: fixed(d, (1, 2, -1), 1, 440).target("target", 9, "2024Q1 Bob")
              .target("target", 1, "2024Q2 Bob Twin"),
       "2024Q2, East, *, rep Bob, target | 440 | 441")
change("a lock on all of a rep", "company", check_limits.check_locks,
       lambda d: fixed(d, (-1, 0, -1), 3, 880).target("target", 2, "2024Q2 Eve Twin"),
       "*, *, *, rep Eve, target | 880 | 882")
change("a capacity and a min may be met exactly", "company", check_limits.check_reps,
       lambda d: floored(capped(d, 3, 440), 4, 440))
change("a min of somebody who does not work is none", "company", check_limits.check_reps,
       lambda d: floored(d, 4, 30, 0))
change("below a region band", "company", check_limits.check_bands,
       lambda d: d.roll("ask", -202, "* West *"),
       "*, West, *, ask | 600 to 1000 | 598")
change("a unit below a region band", "company", check_limits.check_bands,
       lambda d: d.roll("ask", -201, "* West *"))
change("above a region band", "company", check_limits.check_bands,
       lambda d: d.roll("ask", 202, "* West *"),
       "*, West, *, ask | 600 to 1000 | 1002")
change("a unit above a region band", "company", check_limits.check_bands,
       lambda d: d.roll("ask", 201, "* West *"))
change("a product beyond its share of a period", "company", check_limits.check_bands,
       lambda d: d.roll("ask", 102, "2024Q2 * Twin"),
       "2024Q2, *, Twin, ask | 400 to 600 | 602")
change("a period beyond its share", "company", check_limits.check_bands,
       lambda d: d.roll("ask", 2, "2024Q2 * *"),
       "2024Q2, *, *, ask | 2000 to 2000 | 2002")
change("a missing row is no broken band", "company", check_limits.check_bands,
       lambda d: d.filled("rollup", {"team": "*", "region": "West", "period": "*", "product": "*"},
                           ask=float("nan")))
change("a hair more than a unit below a band of twos", "regional", check_limits.check_bands,
       lambda d: d.roll("ask", -8 - 1.5e-6, "* North *"))
change("more than a hair and a unit below a band of twos", "regional", check_limits.check_bands,
       lambda d: d.roll("ask", -8 - 3e-6, "* North *"),
       "*, North, *, ask | 54 to 66 | 51.999997")
change("a hair more than a unit above a band of twos", "regional", check_limits.check_bands,
       lambda d: d.roll("ask", 8 + 1.5e-6, "* North *"))
change("a street within two of its room", "by_effort", check_sums.check_street,
       lambda d: terms(d, over_rep=0.005).target("target", 1, "2024Q1 Ann Heavy"))
change("a street beyond its room of a product", "by_effort", check_sums.check_street,
       lambda d: terms(d, over_rep=0.005).target("target", 2, "2024Q1 Ann Heavy")
              .target("target", -2, "2024Q1 Bob Light").target("target", 1, "2024Q1 Bob Light"),
       "2024Q1, East, Light, street | 100 | 99", "2024Q1, East, Heavy, street | 101 | 102")
change("a street of twos within its room", "by_effort", check_sums.check_street,
       lambda d: terms(d, over_rep=0.01, rounding=2.0).target("target", 2, "2024Q1 Ann Heavy"))
change("a street of twos beyond its room", "by_effort", check_sums.check_street,
       lambda d: terms(d, over_rep=0.01, rounding=2.0).target("target", 3, "2024Q1 Ann Heavy"),
       "2024Q1, East, *, street | 202 | 203", "2024Q1, East, Heavy, street | 102 | 103")
change("the least reference asks for rows", "company", check_sums.check_rows, faint,
       "2024Q1, West, Hal, MES |  | ", "2024Q1, West, Hal, Twin |  | ")
change("the least reference has a capacity", "company", check_backing.check_backing, faint,
       "2024Q1, West, *, capacity | blank | 0")
change("the least reference has a min", "company", check_limits.check_reps,
       lambda d: floored(faint(d), 4, 30, 0),
       "2024Q1, West, Hal, *, target | 30 | 0")
change("the least reference can carry a target", "company", check_limits.check_closed,
       lambda d: faint(d).roll("target", 1, "2024Q1 West Twin"))
