from datetime import date
from collections import Counter
from dauchan.places.finding import Finder, _is_called, _words
from dauchan.accounts.queries import Reach
from dauchan.units import queries as units
DAY=date(2026,3,2)
def test_x(database):
    for t in ("nghia thanh gia nghia dak nong","nghia thanh"):
        for u in units.search_units(t, DAY, level="commune", limit=60)[:8]: print(t,"|",u,"|",u.found_by)
    f=Finder(DAY,Reach(everywhere=True))
    bad=Counter()
    for u in units.children(units.search_units("Lâm Đồng", DAY, level="province")[0], DAY):
        try: f.unit(str(u))
        except Exception as e: bad[str(e)]+=1
    n=0
    for u in units.Unit.objects.filter(valid_to__isnull=True, level="commune")[:3400:7]:
        n+=1
        try: assert f.unit(str(u))==u.pk
        except Exception as e: bad[str(e)]+=1
    print(n,bad)
    olds=units.Unit.objects.filter(valid_to__isnull=False, level="commune").order_by("id")[:12000:31]
    c=Counter(); ex={}
    for u in olds:
        eq=[e.pk for e in units.equivalent(u,DAY)]
        try: r=f.unit(str(u)); k="ok" if [r]==eq else "WRONG"
        except Exception as e: k=type(e).__name__+("" if len(eq)!=1 else " though one")
        c[k]+=1; ex.setdefault(k,[]).append(str(u))
    print(c); print({k:v[:5] for k,v in ex.items()})
    assert 0
