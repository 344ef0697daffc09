from hypothesis import given
from hypothesis import strategies as st

from rekey.case import CredentialNode
from rekey.report.chain import parents
from rekey.report.findings import Findings
from rekey.report.lineage_svg import BOX_HEIGHT, BOX_WIDTH, FOLD_HEIGHT, Lineage, draw
from tests.report.samples import ALERTS, CREDENTIALS, child, crowded


def picture_of(nodes: tuple[CredentialNode, ...]) -> Lineage:
    picture = draw(nodes, Findings(ALERTS))
    assert picture is not None
    return picture


def overlaps(picture: Lineage) -> bool:
    """Say whether any two boxes or folds cover each other."""
    places = [(box.x, box.y, BOX_HEIGHT) for box in picture.boxes]
    places += [(fold.x, fold.y, FOLD_HEIGHT) for fold in picture.folds]
    return any(
        one is not other and one[0] == other[0] and one[1] <= other[1] < one[1] + one[2]
        for one in places
        for other in places
    )


def test_layers_follow_the_chain_and_its_line_is_straight() -> None:
    picture = picture_of(CREDENTIALS)
    by_id = {box.id: box for box in picture.boxes}
    deploy, ledger = by_id["ASIA5EXAMPLEDEPLOY01"], by_id["ASIA5EXAMPLELEDGER02"]
    backdoor = by_id["AKIA5EXAMPLEBACKDR03"]
    assert deploy.x < ledger.x == backdoor.x
    assert deploy.y == ledger.y < backdoor.y
    assert len({box.y for box in picture.boxes}) == 2


def test_a_lower_branch_runs_straight_too() -> None:
    root = CREDENTIALS[2].model_copy(update={"parent_id": None})
    upper, lower = child(1, root), child(2, root)
    leaves = [child(3, upper), child(4, upper), child(5, upper), child(6, lower)]
    rows = {box.id[-1]: box.y for box in picture_of((root, upper, lower, *leaves)).boxes}
    assert rows["1"] == rows["3"] < rows["4"] < rows["5"] < rows["2"] == rows["6"]


@given(st.lists(st.integers(-3, 30), min_size=1, max_size=14))
def test_any_forest_hangs_from_left_to_right_and_downward(choices: list[int]) -> None:
    nodes: list[CredentialNode] = []
    for place, choice in enumerate(choices):
        root = choice < 0 or place == 0
        parent = CREDENTIALS[2] if root else nodes[choice % place]
        node = child(place, parent)
        nodes.append(node.model_copy(update={"parent_id": None}) if root else node)
    picture = picture_of(tuple(nodes))
    assert not overlaps(picture)
    boxes = {int(box.id[-4:]): box for box in picture.boxes}
    children: dict[int, list[float]] = {}
    for place, above in enumerate(parents(nodes)):
        if above is not None and place in boxes:
            assert boxes[place].x == boxes[above].x + 243
            children.setdefault(above, []).append(boxes[place].y)
    assert all(min(below) == boxes[above].y for above, below in children.items())


def test_edges_say_how_sure_they_are() -> None:
    links = sorted(edge.link for edge in picture_of(CREDENTIALS).edges)
    assert links == ["ambiguous", "derived", "derived"] + ["proven"] * 4


def test_badges_carry_the_numbers_of_the_findings_worst_first() -> None:
    boxes = {box.id: box for box in picture_of(CREDENTIALS).boxes}
    badges = boxes["ASIA5EXAMPLEDEPLOY01"].badges
    assert [(badge.level, badge.label) for badge in badges] == [
        ("critical", "9"), ("high", "2"), ("medium", "3")
    ]  # fmt: skip
    assert boxes["AKIA5EXAMPLEBACKDR03"].badges == ()


def test_everything_lies_within_the_picture_and_apart() -> None:
    for nodes in (CREDENTIALS, CREDENTIALS[:1], crowded().cases[0].credentials):
        picture = picture_of(nodes)
        assert not overlaps(picture)
        assert all(box.x + BOX_WIDTH <= picture.width for box in picture.boxes)
        assert all(box.y + BOX_HEIGHT <= picture.height for box in picture.boxes)
        assert all(fold.y + FOLD_HEIGHT <= picture.height for fold in picture.folds)


def test_a_crowd_is_folded_and_nothing_is_lost_from_the_count() -> None:
    nodes = crowded().cases[0].credentials
    picture = picture_of(nodes)
    hidden = sum(int(fold.text.split()[0]) for fold in picture.folds)
    assert len(picture.boxes) + hidden == len(nodes) == 60
    assert len(picture.boxes) < 20
    assert any(box.id.endswith("40") and box.badges for box in picture.boxes)


def test_a_fold_tells_of_alerts_inside() -> None:
    alerted = [child(40, CREDENTIALS[2]).model_copy(update={
        "credential": CREDENTIALS[3].credential.model_copy(update={"id": f"ASIA{place}"})
    }) for place in range(9)]  # fmt: skip
    texts = [fold.text for fold in picture_of((CREDENTIALS[2], *alerted)).folds]
    assert texts == ["4 more, 4 with alerts"]


def test_a_very_deep_chain_ends_in_a_count() -> None:
    chain = [CREDENTIALS[2].model_copy(update={"parent_id": None})]
    for place in range(3_000):
        chain.append(child(place, chain[-1]))
    picture = picture_of(tuple(chain))
    assert len(picture.boxes) == 9
    assert [fold.text for fold in picture.folds] == ["2,992 more, 1 with alerts"]


def test_long_ids_are_shortened_in_the_middle_and_whole_in_the_note() -> None:
    box = next(box for box in picture_of(CREDENTIALS).boxes if box.kind == "Vault service token")
    assert box.id == "hmac-sha25…74b13569a"
    assert CREDENTIALS[5].credential.id is not None
    assert CREDENTIALS[5].credential.id in box.note


def test_a_credential_without_an_id_is_drawn() -> None:
    bare = CREDENTIALS[0].model_copy(update={
        "credential": CREDENTIALS[0].credential.model_copy(update={"id": None, "kind": None}),
        "actor_id": None,
    })  # fmt: skip
    box = picture_of((bare, bare)).boxes[1]
    assert (box.kind, box.id, box.actor) == ("credential", "(no id logged)", "(no actor logged)")


def test_no_credential_no_picture() -> None:
    assert draw((), Findings(())) is None
