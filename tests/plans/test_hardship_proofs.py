"""认定材料: photos of a recognition, seen by those in charge, each look logged, none deleted."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from tests.common.test_pictures import photo, upload
from yibao.accounts.models import User
from yibao.common import pictures
from yibao.common.errors import Refused
from yibao.people.disclosure import looks_at
from yibao.plans import hardship_proofs
from yibao.plans.hardship_models import HardshipProof
from yibao.plans.models import HardshipEntry
from yibao.plans.states import Validity

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(cast):
    return cast.wang.hardships.create(academic_year=2026, category="低保", level="特别困难")


def add(entry, by, name="低保证"):
    return hardship_proofs.add(entry, pictures.keep(upload(photo()), by=by), name, by=by)


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_brought_by_a_page_and_each_large_look_is_the_students_to_read(cast, entry):
    li = client_of(cast.li)
    there = reverse("staff:hardship_proof_new", args=[entry.pk])
    answer = li.post(there, {"name": "低保证", "photo": upload(photo())})
    assert answer.url == f"{reverse('staff:hardship')}?q={cast.wang.student_no}"
    kept = HardshipProof.objects.select_related("picture").get()
    at = reverse("staff:hardship_proof", args=[kept.picture.public_id])
    assert client_of(cast.xu).get(f"{at}?small")["Content-Type"] == "image/jpeg"
    assert looks_at(cast.wang) == []
    large = client_of(cast.xu).get(at)
    assert large["Cache-Control"] == "no-store"
    assert [(look.who, look.what) for look in looks_at(cast.wang)] == [
        ("徐书记", "查看了低保证的照片")
    ]
    detail = li.get(f"{reverse('staff:hardship')}?part=detail&pk={entry.pk}&at=0")
    assert at in detail.content.decode()


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SimpleUploadedFile("低保.pdf", b"%PDF-1.7 ..."), "这是 PDF 文件，请截屏或拍照后上传图片"),
        (SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>"), "这是网页或矢量图，不是照片"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_way_out(cast, entry, file, why):
    there = reverse("staff:hardship_proof_new", args=[entry.pk])
    answer = client_of(cast.li).post(there, {"name": "低保证", "photo": file})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not HardshipProof.objects.exists()


def test_who_is_not_in_charge_finds_nothing(cast, entry):
    kept = add(entry, cast.li)
    at = reverse("staff:hardship_proof", args=[kept.picture.public_id])
    assert [client_of(who).get(at).status_code for who in (cast.sun, cast.qian)] == [404, 404]
    assert client_of(cast.finance).get(at).status_code == 403
    with pytest.raises(Refused, match="只能办理所管学生的认定材料"):
        add(entry, cast.sun)
    cast.wang.user.posts.create(level="school")
    with pytest.raises(Refused, match="本人的认定材料请交给辅导员上传"):
        add(entry, User.objects.get(pk=cast.wang.user_id))


def test_taken_down_with_a_reason_and_kept(cast, entry):
    kept = add(entry, cast.li)
    with pytest.raises(Refused, match="请填写撤下的原因"):
        hardship_proofs.take_down(kept, " ", by=cast.xu)
    hardship_proofs.take_down(kept, "传错了人", by=cast.xu)
    with pytest.raises(Refused, match="已经撤下"):
        hardship_proofs.take_down(kept, "再撤", by=cast.xu)
    assert HardshipEntry.objects.with_proofs().get().proof_count == 0
    assert HardshipProof.objects.get().withdrawn_note == "传错了人"


def test_no_more_than_are_read_and_none_for_what_was_withdrawn(cast, entry, monkeypatch):
    monkeypatch.setattr(hardship_proofs, "MOST", 1)
    add(entry, cast.li)
    with pytest.raises(Refused, match="最多 1 张材料"):
        add(entry, cast.li)
    entry.withdrawn_at, entry.withdrawn_note = now(), "不符合"
    entry.save()
    with pytest.raises(Refused, match="不用再补材料"):
        add(entry, cast.li)


@pytest.mark.parametrize(
    ("start", "end", "withdrawn", "validity"),
    [
        (None, None, False, Validity.NOW),
        (0, 0, False, Validity.NOW),
        (1, None, False, Validity.LATER),
        (None, -1, False, Validity.OVER),
        (0, 0, True, Validity.WITHDRAWN),
    ],
)
def test_validity_of_today(entry, start, end, withdrawn, validity):
    def day(later):
        return None if later is None else localdate() + timedelta(days=later)

    entry.valid_from, entry.valid_until = day(start), day(end)
    entry.withdrawn_at = now() if withdrawn else None
    entry.save()
    assert HardshipEntry.objects.with_validity().get().validity == validity
