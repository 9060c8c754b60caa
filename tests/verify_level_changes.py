"""Changes of the levels, people and references of small plans, at the edge of what may pass."""

from __future__ import annotations

import numpy as np
from verify_edits import capped, change, crew, floored, inexact, locked, loose, more, terms

from optimizer.verify import check_equals, check_levels, check_people, check_reference

# fmt: off
change("reps apart are no equals though one differs", "company", check_equals.check_equals,
       lambda d: d.target("target", -3, "2024Q1 Bob Twin").target("target", 3, "2024Q2 Bob Twin"),
       "2024Q1, East, Ann, * | 437 or 438 | 440", "2024Q2, East, Bob, * | 440 or 441 | 443")
change("a tiny difference of references is no order", "company", check_equals.check_order,
       lambda d: more(d, 0, 4e-8).target("target", 9, "2024Q2 Bob MES"))
change("a small difference of references is an order", "company", check_equals.check_order,
       lambda d: more(d, 0, 5e-6).target("target", 9, "2024Q2 Bob MES"),
       "2024Q2, East, Ann, * | at least 449 | 440")
change("a min of a unit may bind", "company", check_equals.check_order,
       lambda d: floored(more(d, 0), 1, 0.5).target("target", -439, "2024Q2 Bob MES")
              .target("target", -440, "2024Q2 Ann"))
change("floor above the target", "company", check_levels.check_order,
       lambda d: d.target("floor", 23, "2024Q2 Eve Twin"),
       "2024Q2, South, Eve, Twin | 110 | 111")
change("floor at the target", "company", check_levels.check_order,
       lambda d: d.target("floor", 22.25, "2024Q2 Eve Twin"))
change("stretch below the target", "company", check_levels.check_order,
       lambda d: d.target("stretch", -34, "Hal MES"),
       "2024Q2, West, Hal, MES | 330 | 329")
change("stretch of a region below the target", "regional", check_levels.check_order,
       lambda d: d.target("stretch", -4, "2024H1 North"),
       "2024H1, North, all | 22 | 20")
change("floor beyond a unit from its ratio", "company", check_levels.check_floor,
       lambda d: d.target("floor", -2, "2024Q2 Eve Twin").target("floor", 2, "2024Q2 Eve MES"),
       "2024Q2, South, Eve, MES, floor | 264 | 266", "2024Q2, South, Eve, Twin, floor | 88 | 86")
change("floor a unit from its ratio", "company", check_levels.check_floor,
       lambda d: d.target("floor", -1, "2024Q2 Eve Twin").target("floor", 1, "2024Q2 Eve MES"))
change("floors that do not add up", "company", check_levels.check_floor,
       lambda d: d.target("floor", -1, "2024Q2 Eve"),
       "all rows, floor | 3168 | 3166")
change("floors that add up to a unit less", "company", check_levels.check_floor,
       lambda d: d.target("floor", -1, "2024Q2 Eve MES"))
change("floor beyond a unit from the rep's own ratio", "by_effort", check_levels.check_floor,
       lambda d: d.target("floor", 2, "2024Q2 Ann Heavy").target("floor", -2, "2024Q1 Bob Heavy"),
       "2024Q1, East, Bob, Heavy, floor | 40 | 38", "2024Q2, East, Ann, Heavy, floor | 25 | 27")
change("a floor ratio above 1 counts as 1", "by_effort", check_levels.check_floor,
       lambda d: crew(d, floor_ratio=np.array([1.5, np.nan])).target("floor", 25, "2024Q1 Ann")
              .target("floor", 25, "2024Q2 Ann").target("floor", 50, "2024Q3 Ann"))
change("stretch above the capacity without buffer", "company", check_levels.check_stretch,
       lambda d: d.target("stretch", 18, "2024Q1 Eve MES"),
       "2024Q1, South, Eve, *, stretch | 500 | 501")
change("stretch at the capacity without buffer", "company", check_levels.check_stretch,
       lambda d: d.target("stretch", 17, "2024Q1 Eve Twin"))
change("stretch of a market within its room", "company", check_levels.check_stretch,
       lambda d: d.roll("stretch", 100, "2024Q1 South Twin"))
change("stretch of a market above its room", "company", check_levels.check_stretch,
       lambda d: d.roll("stretch", 101, "2024Q1 South Twin"),
       "2024Q1, South, Twin, stretch | 220 | 221")
change("stretch of a wide market within its room", "company", check_levels.check_stretch,
       lambda d: d.roll("stretch", 67, "2024Q2 West *"))
change("stretch of a wide market above its room", "company", check_levels.check_stretch,
       lambda d: d.roll("stretch", 68, "2024Q2 West *"),
       "2024Q2, West, *, stretch | 551 | 552")
change("own stretch ratios may leave the market", "company", check_levels.check_stretch,
       lambda d: crew(d, stretch_ratio=np.array([2.0, *[np.nan] * 4]))
              .roll("stretch", 68, "2024Q2 West *"))
change("stretch of a regional market above its potential", "regional", check_levels.check_stretch,
       lambda d: d.roll("stretch", 2, "2024H1 North *"),
       "2024H1, North, *, stretch | 24 | 26")
change("stretch of a regional market at its potential", "regional", check_levels.check_stretch,
       lambda d: d.roll("stretch", 0.5, "2024H1 North *"))
change("a stretch is never below the street", "regional", check_levels.check_stretch,
       lambda d: d.roll("stretch", 10, "2024H1 North *").roll("street", 12, "2024H1 North *"))
change("effort above the capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("target", 50, "2024Q1 Ann Heavy")
              .target("target", 51, "2024Q1 Ann Light"),
       "2024Q1, East, Ann, *, target | 300 | 301")
change("effort at the capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("target", 50, "2024Q1 Ann Heavy")
              .target("target", 50, "2024Q1 Ann Light"))
change("effort a hair above the capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("target", 150, "2024Q1 Ann Light")
              .target("target", 1e-5, "2024Q1 Ann Heavy"),
       "2024Q1, East, Ann, *, target | 300 | 300.00002")
change("effort of the stretch above the capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("stretch", 88, "2024Q2 Ann Heavy"),
       "2024Q2, East, Ann, *, stretch | 400 | 401")
change("effort of the stretch at the capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("stretch", 87.5, "2024Q2 Ann Heavy"))
change("plain products have no effort", "company", check_people.check_effort,
       lambda d: d.target("target", 900, "2024Q2 Eve Twin"))
change("above the total of a year", "by_effort", check_people.check_years,
       lambda d: d.target("target", 201, "2024Q1 Ann Light"),
       "Ann, all periods, target | 600 | 601")
change("at the total of a year", "by_effort", check_people.check_years,
       lambda d: d.target("target", 200, "2024Q1 Ann Light"))
change("above the growth of a year", "by_effort", check_people.check_years,
       lambda d: d.target("target", 71, "2024Q1 Bob Light"),
       "Bob, all periods, target | 470 | 471")
change("at the growth of a year", "by_effort", check_people.check_years,
       lambda d: d.target("target", 70, "2024Q1 Bob Light")
              .target("stretch", 10, "2024Q1 Bob Light"))
change("stretch above the growth of a year", "by_effort", check_people.check_years,
       lambda d: d.target("stretch", 11, "2024Q1 Bob Light"),
       "Bob, all periods, stretch | 470 | 471")
change("below the least of a year", "company", check_people.check_years,
       lambda d: d.target("target", -141, "Hal MES").target("stretch", -300, "Hal MES"),
       "Hal, all periods, target | 300 | 299")
change("at the least of a year", "company", check_people.check_years,
       lambda d: d.target("target", -140, "Hal MES"))
change("equal reps that differ by two units", "company", check_equals.check_equals,
       lambda d: d.target("target", 1, "2024Q2 Ann Twin").target("target", -1, "2024Q2 Bob MES"),
       "2024Q2, East, Ann, * | 439 or 440 | 441")
change("equal reps that differ by a unit", "company", check_equals.check_equals,
       lambda d: d.target("target", 1, "2024Q2 Ann Twin"))
change("reps of other products are no equals", "company", check_equals.check_equals,
       lambda d: d.target("target", 9, "Cid"))
change("reps of other weight are no equals", "company", check_equals.check_equals,
       lambda d: crew(d, weight=np.array([[1.0, 1.0], [1.5, 1.5], [1.0, 1.0],
                                          [1.0, 1.0], [0.0, 1.0]]))
              .target("target", 9, "2024Q2 Ann Twin"))
change("a rep with a lock has no equals", "company", check_equals.check_equals,
       lambda d: locked(d, 0).target("target", 9, "2024Q2 Ann Twin"))
change("a smaller reference with the larger target", "company", check_equals.check_order,
       lambda d: more(d, 0).target("target", 1, "2024Q2 Bob MES"),
       "2024Q2, East, Ann, * | at least 441 | 440")
change("a smaller reference with an equal target", "company", check_equals.check_order,
       lambda d: more(d, 0).target("target", 0.25, "2024Q2 Bob MES"))
change("a smaller reference is beside another group", "company", check_equals.check_order,
       lambda d: more(d, 2).target("target", 9, "2024Q2 Bob MES"))
change("a smaller reference of another period", "company", check_equals.check_order,
       lambda d: more(d, 0).target("target", 9, "2024Q1 Bob MES"))
change("a capacity explains the order", "company", check_equals.check_order,
       lambda d: capped(more(d, 0), 0, 441).target("target", 9, "2024Q2 Bob MES"))
change("a capacity with room does not explain the order", "company", check_equals.check_order,
       lambda d: capped(more(d, 0), 0, 442).target("target", 9, "2024Q2 Bob MES"),
       "2024Q2, East, Ann, * | at least 449 | 440")
change("a min explains the order", "company", check_equals.check_order,
       lambda d: floored(more(d, 0), 1, 448).target("target", 9, "2024Q2 Bob MES"))
change("a min with room does not explain the order", "company", check_equals.check_order,
       lambda d: floored(more(d, 0), 1, 447).target("target", 9, "2024Q2 Bob MES"),
       "2024Q2, East, Ann, * | at least 449 | 440")
change("room for a unit of every product", "by_effort", check_equals.check_order,
       lambda d: more(d, 0).target("target", 50, "2024Q2 Ann Heavy")
              .target("target", 47, "2024Q2 Ann Light").target("target", 110, "2024Q2 Bob Light")
              .of(years=loose(d)))
change("room for more than a unit of every product", "by_effort", check_equals.check_order,
       lambda d: more(d, 0).target("target", 50, "2024Q2 Ann Heavy")
              .target("target", 46, "2024Q2 Ann Light").target("target", 110, "2024Q2 Bob Light")
              .of(years=loose(d)),
       "2024Q2, East, Ann, * | at least 210 | 196")
change("a year limit explains the order", "by_effort", check_equals.check_order,
       lambda d: more(d, 0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, most=(402.0, 900.0))))
change("a year limit with room does not explain the order", "by_effort", check_equals.check_order,
       lambda d: more(d, 0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, most=(403.0, 900.0))),
       "2024Q2, East, Ann, * | at least 109 | 100")
change("the least of a year explains the order", "by_effort", check_equals.check_order,
       lambda d: more(d, 0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, least=(0.0, 407.0))))
change("the least of a year with room does not explain the order", "by_effort",
       check_equals.check_order,
       lambda d: more(d, 0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, least=(0.0, 406.0))),
       "2024Q2, East, Ann, * | at least 109 | 100")
change("a reference off", "company", check_reference.check_reference_ask,
       lambda d: d.roll("reference", 1e-3, "2024Q1 West *"),
       "2024Q1, West, *, reference | 400 | 400.001")
change("a reference within the fit", "company", check_reference.check_reference_ask,
       lambda d: d.roll("reference", 4e-4, "2024Q1 West *"))
change("a reference of a period off", "company", check_reference.check_reference_ask,
       lambda d: d.roll("reference", -1, "* West Twin"),
       "*, West, Twin, reference | 200 | 199")
change("a loose reference that does not add up", "company", check_reference.check_reference_ask,
       lambda d: inexact(d).roll("reference", 0.1, "* * *"),
       "*, *, *, reference | 4000 | 4000.1")
change("a loose reference with closed cells open", "company", check_reference.check_reference_ask,
       lambda d: inexact(d).roll("reference", -100, "2024Q1 West Twin"),
       "2024Q1, West, Twin, reference |  | 0")
change("a loose reference may stand elsewhere", "company", check_reference.check_reference_ask,
       lambda d: inexact(d).roll("reference", -9, "2024Q1 West Twin"))
change("a rep's reference off", "company", check_reference.check_reference_targets,
       lambda d: d.target("reference", 8e-4, "2024Q1 Eve MES"),
       "2024Q1, South, Eve, MES, reference | 330 | 330.0008")
change("a rep's reference within the fit", "company", check_reference.check_reference_targets,
       lambda d: d.target("reference", 5e-4, "2024Q1 Eve MES"))
change("a rep's loose reference follows the region's", "company",
       check_reference.check_reference_targets,
       lambda d: inexact(d).roll("reference", 10, "2024Q1 South MES")
              .target("reference", 11, "2024Q1 Eve MES"))
change("a rep's loose reference off", "company", check_reference.check_reference_targets,
       lambda d: inexact(d).roll("reference", 10, "2024Q1 South MES"),
       "2024Q1, South, Eve, MES, reference | 341 | 330")
change("a regional reference off", "regional", check_reference.check_reference_targets,
       lambda d: d.target("reference", 1, "2024H2 South"),
       "2024H2, South, all, reference | 30 | 31")
change("a market without over-assignment has no room beyond its potential", "company",
       check_levels.check_stretch,
       lambda d: terms(d, over_rep=0.0).roll("stretch", 17, "2024Q2 West *"),
       "2024Q2, West, *, stretch | 500 | 501")
change("stretch at a market without over-assignment", "company", check_levels.check_stretch,
       lambda d: terms(d, over_rep=0.0).roll("stretch", 16, "2024Q2 West *"))
change("a loose reference of less than a unit is open", "company",
       check_reference.check_reference_ask,
       lambda d: inexact(d).roll("reference", -99.5, "2024Q1 West Twin"))
change("effort of a rep without capacity", "by_effort", check_people.check_effort,
       lambda d: d.target("target", 9e5, "2024Q1 Bob Heavy"))
change("a rep without a min is free at 0", "company", check_equals.check_order,
       lambda d: more(d, 0).target("target", -440, "2024Q2 Ann MES"),
       "2024Q2, East, Ann, * | at least 440 | 0")
change("reps of other regions and periods are beside each other", "company",
       check_equals.check_order,
       lambda d: crew(more(d, 0), high=np.full((5, 2), np.inf))
              .target("target", 9, "2024Q1 Eve Twin"))
change("nobody is free", "company", check_equals.check_order,
       lambda d: crew(more(d, 0), high=np.zeros((5, 2))).target("target", 9, "2024Q2 Bob"))
change("the largest target of a smaller reference counts", "company", check_equals.check_order,
       lambda d: crew(more(d, 2), sells=np.ones((5, 2), dtype=bool))
              .target("target", 9, "2024Q2 Bob MES").target("target", -10, "2024Q2 Ann MES"),
       "2024Q2, East, Cid, * | at least 449 | 440")
change("a year limit of twos with room does not explain the order", "by_effort",
       check_equals.check_order,
       lambda d: terms(more(d, 0), rounding=2.0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, most=(407.0, 900.0))),
       "2024Q2, East, Ann, * | at least 109 | 100")
change("a year limit of twos explains the order", "by_effort", check_equals.check_order,
       lambda d: terms(more(d, 0), rounding=2.0).target("target", 9, "2024Q2 Bob Light")
              .of(years=loose(d, most=(405.0, 900.0))))
