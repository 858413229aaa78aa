from pathlib import Path
import pytest
from support.guides import bodies, officer_at
from support.officers import officer_with
from dauchan.accounts.actions import Scope, grant_role
from dauchan.guides import reach, queries, actions, papers, rules, reading
from dauchan.guides.models import Version
from dauchan.kernel import clock
CLOCK = "2026-11-25T08:00+07:00"
OUT = Path("/tmp/guides-shots"); OUT.mkdir(exist_ok=True)
pytestmark = pytest.mark.usefixtures("database")

def test_shots(look, server, database):
    tree = bodies()
    now = clock.now(); today = clock.local_day(now)
    boss = officer_with("rollout_manager")
    grant_role(boss, "agency_head", Scope("agency", str(tree.department.pk)), by=None, now=now)
    for where in (tree.school, tree.department, tree.elsewhere):
        officer_at(where); officer_at(where)
    for means, place, n in (("loudspeaker", "Loa thôn 3", 400), ("meeting", "Hội trường trường Nguyễn Du", 120), ("group", "Nhóm phụ huynh", None)):
        reach.tell_broadcast("truong-hoc", reach.Told(tree.school, means, place, today, audience=n), by=boss, now=now)
    guide = queries.guide_named("truong-hoc")
    base = queries.content_of(queries.in_use(guide))
    actions.save_draft("truong-hoc", base, seen=None, by=boss, now=now)
    actions.withdraw("khach-san", "Quy trình lưu trú đã đổi từ 1/12", by=boss, now=now)
    actions.save_draft("cho", queries.content_of(queries.in_use(queries.guide_named("cho"))), seen=None, by=boss, now=now)
    actions.publish("cho", 2, by=boss, now=now)
    D = "/trien-khai/huong-dan"
    public = {"library": "/huong-dan", "guide": "/huong-dan/vao-ra-bang-ap-phich", "first": "/huong-dan/bo-giai-phap", "old": "/huong-dan/cho/ban/1", "withdrawn": "/huong-dan/khach-san", "home": "/", "empty": "/huong-dan?q=zzz"}
    desk = {"desk": D, "one": f"{D}/xem/truong-hoc", "write": f"{D}/xem/truong-hoc/soan/vi", "write-rad": f"{D}/xem/truong-hoc/soan/rad", "preview": f"{D}/xem/truong-hoc/nhap", "readers": f"{D}/xem/truong-hoc/ai-doc", "tell": f"{D}/xem/truong-hoc/pho-bien", "broadcasts": f"{D}/pho-bien", "new": f"{D}/moi"}
    for width in (360, 1280):
        for language in ("vi-VN", "en"):
            page = look(width, language=language)
            for name, path in public.items():
                if language == "en" and name in ("old", "empty"): continue
                page.goto(path); page.screenshot(path=OUT / f"{name}-{width}-{language[:2]}.png", full_page=True)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            page = look(width, language=language, officer=boss)
            for name, path in desk.items():
                page.goto(path); page.screenshot(path=OUT / f"{name}-{width}-{language[:2]}.png", full_page=True)
                if page.evaluate("document.documentElement.scrollWidth") > width: print("WIDE", name, width)
    for v in Version.objects.filter(state="published").select_related("guide"):
        for l in ("vi", "en"):
            (OUT / f"{v.guide.slug}-{l}.pdf").write_bytes(papers.paper_pdf(v, l))
            (OUT / f"{v.guide.slug}-{l}-poster.pdf").write_bytes(papers.poster_pdf(v, l))
    v = Version.objects.get(guide__slug="cho", number=1)
    (OUT / "cho-loa.pdf").write_bytes(papers.script_pdf(v, "vi"))
