"""A photo in a form: taken in once, kept while the rest is corrected, shown as nothing but a photo."""

from uuid import uuid4

import pytest
from django import forms

from tests.common.test_pictures import HEIC, photo, upload
from tests.factories import make_class, make_student
from yibao.common import pictures
from yibao.common.models import Picture
from yibao.web.pictures import PictureField, shown


class ProofForm(forms.Form):
    note = forms.CharField(label="说明")
    proof = PictureField(label="证明照片")

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["proof"].by = by


@pytest.fixture
def person(db):
    return make_student(make_class()).user


def test_a_photo_comes_out_as_a_picture_that_waits(person):
    form = ProofForm({"note": "见图"}, {"proof": upload(photo())}, by=person)
    assert form.is_valid()
    assert form.cleaned_data["proof"] == Picture.objects.get(by=person, is_used=False)


def test_a_faulty_form_keeps_the_photo(person):
    first = ProofForm({"note": ""}, {"proof": upload(photo())}, by=person)
    assert list(first.errors) == ["note"]
    [picture] = Picture.objects.all()
    assert f'name="proof-kept" value="{picture.public_id}"' in str(first)
    assert "已上传一张照片（400×300）" in str(first)
    second = ProofForm({"note": "见图", "proof-kept": str(picture.public_id)}, by=person)
    assert second.is_valid()
    assert second.cleaned_data["proof"] == picture


def test_a_bad_second_photo_does_not_cost_the_first(person):
    picture = pictures.keep(upload(photo()), by=person)
    data = {"note": "见图", "proof-kept": str(picture.public_id)}
    form = ProofForm(data, {"proof": upload(HEIC)}, by=person)
    assert form.errors == {"proof": [pictures.HEIC]}
    assert str(picture.public_id) in str(form["proof"])


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "0" * 5000])
def test_without_a_photo_it_says_what_is_wanted(person, name):
    form = ProofForm({"note": "见图", "proof-kept": name}, by=person)
    wanted = "之前上传的图片已过期，请重新选择" if name else "请上传证明照片"
    assert form.errors == {"proof": [wanted]}


def test_somebody_elses_photo_is_not_found(person):
    other = make_student(make_class()).user
    picture = pictures.keep(upload(photo()), by=other)
    for name in (picture.public_id, uuid4()):
        form = ProofForm({"note": "见图", "proof-kept": str(name)}, by=person)
        assert form.errors == {"proof": ["之前上传的图片已过期，请重新选择"]}


def test_a_photo_that_is_not_needed_may_be_left_out(person):
    form = ProofForm({"note": "见图"}, by=person)
    form.fields["proof"].required = False
    assert form.is_valid()
    assert form.cleaned_data["proof"] is None


def test_it_is_shown_as_a_photo_and_nothing_else(person):
    picture = pictures.keep(upload(photo()), by=person)
    answer = shown(Picture.objects.get(pk=picture.pk))
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert dict(answer.headers) == {
        "Content-Disposition": f'inline; filename="{picture.public_id}.jpg"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Type": "image/jpeg",
    }
