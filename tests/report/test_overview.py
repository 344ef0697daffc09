from rekey.report.overview import in_full, subjects
from tests.report.samples import at, crowded, investigation, many


def test_cases_are_grouped_by_the_identity_that_they_begin_with() -> None:
    shop, watch = subjects(many().cases)
    assert (shop.name, shop.level, len(shop.cases)) == ("shop-ci-bot", "critical", 120)
    assert (watch.id, watch.level) == ("arn:aws:iam::111122223333:user/night-watch", "medium")
    assert [one.number for one in (shop.cases[0], shop.cases[-1], *watch.cases)] == [1, 120, 121]
    assert (shop.first, shop.last.date()) == (at("09:14:02"), shop.cases[-1].case.last.date())


def test_those_that_stand_elsewhere_are_left_out() -> None:
    (shop,) = subjects(many().cases, without={1, 2, 121})
    assert [one.number for one in shop.cases] == list(range(3, 121))


def test_each_identity_is_told_of_before_one_is_told_of_twice() -> None:
    assert sorted(in_full(many().cases, 4)) == [1, 2, 3, 121]


def test_all_are_told_in_full_where_there_is_room() -> None:
    assert in_full(crowded().cases, 2) == {1, 2}
    assert in_full(investigation().cases, 10) == {1}
    assert in_full((), 10) == frozenset()
