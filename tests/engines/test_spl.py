"""The grammar of SPL takes what Splunk documents and refuses what is broken."""

from tests.engines.spl import in_dialect, refusals
from tests.spl.refusal import Refused

_GOOD = r"""
index=a b="c d" NOT (e="f*" OR g!=h) x IN ("a", "b*") "resources{}.ARN"="arn:*"
index=a userAgent="a \"quoted\" | b" userName="*\\foo\\*"
index=a | stats count, dc(x) as y, values("userIdentity.arn") as z by user, "user.groups{}"
index=a | stats count(eval(a=1)) as n min(_time) as first max(_time) as last by u
index=a | where match(a,"(?i)x|y") AND NOT mvcount(mvfilter(match('b.c{}',"c")))>0
index=a | where cidrmatch("10.0.0.0/8", src) OR like(user,"%root%") OR x IN ("a", "b")
index=a | lookup x y AS "z.a" OUTPUTNEW b, c | where b=1 | lookup q r OUTPUT s
index=a | sort 0 _time | streamstats time_window=1h current=f dc(x) as n, count as c by u, v
index=a | streamstats window=1 current=f global=f last(_time) as prev by u
index=a | streamstats reset_before=(a="1") count as n by u
| multisearch [search index=a | eval b="1 | ]"] [search index=b | lookup x y OUTPUT z]
| inputlookup seen where last>5 user="x*" | outputlookup append=true key_field=_key seen
| makeresults | eval a=1 | append [| inputlookup x | search a=1 | stats count by b]
index=a | eval 'a.b'=case(in(x,"1","2"),"y",true(),null()), c=strptime(x,"%Y-%m-%dT%H:%M:%SZ")
index=a | eval x=mvmap(names, names."x"), y=md5(mvjoin(mvappend(a,b),"|"))
index=a | rename a as "b.c", d as e | dedup a "b.c" | table a b | fields - _raw | head 10
index=a | bin _time span=1d as day | eventstats dc(day) as days by u
index=a | fillnull value="" a b | mvexpand "x{}" | rex field=a "(?<b>\d+)"
""".strip().splitlines()

_BROKEN = r"""
index=a eventName IN ("A", "B"
index=a (b="A" OR b="B"
index=a b=
index=a ="x"
index=a OR
index=a b="A
index=a | stats count by
index=a | stats by user
index=a | stats nosuchagg(x) by user
index=a | frobnicate user
index=a | where (
index=a | where a=1 AND
index=a | where a==
index=a | where user="a" user="b"
index=a | eval x=
index=a | eval x=if(a>1,"y"
index=a | eval x=nosuchfunc(a)
index=a | eval a=1 b=2
index=a | lookup
index=a | streamstats time_window= count
index=a | rename a as
index=a | head ten
""".strip().splitlines()


def test_documented_searches_are_taken() -> None:
    assert [reason for reason in refusals(_GOOD) if reason] == []


def test_broken_searches_are_refused() -> None:
    whole = [search for search in _BROKEN if not _unbalanced(search)]
    answers = refusals(whole)
    assert [search for search, answer in zip(whole, answers, strict=True) if not answer] == []
    assert len(whole) > len(_BROKEN) / 2


def _unbalanced(search: str) -> bool:
    """Such a search is refused before the grammar sees it."""
    try:
        in_dialect(search)
    except Refused:
        return True
    return False
