"""The doors: sign in, change the password, sign out."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from yibao.accounts import flow
from yibao.accounts.forms import ChangePasswordForm, NewPasswordForm, SignInForm
from yibao.accounts.models import Language

YEAR = 365 * 24 * 3600
WRONG = (
    "学号/工号或密码不正确，请检查后重试。第一次登录的学生，密码是证件号码后六位；"
    "忘记密码请联系辅导员或学校管理员重置"
)


def next_page(request):
    """Where the person wanted to go, when that is a page of ours."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    # A word without a slash would be taken for the name of a page.
    return address if safe and address.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


@never_cache
@sensitive_post_parameters("password")
def sign_in(request):
    """登录."""
    if request.user.is_authenticated:
        return redirect(next_page(request))
    form = SignInForm(request.POST or None)
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            flow.sign_in(request, user)
            return redirect(next_page(request))
        flow.note_refusal(request, form.cleaned_data["username"])
        form.add_error(None, WRONG)
    return render(request, "accounts/sign_in.html", {"form": form, "next": next_page(request)})


@never_cache
@login_required
@sensitive_post_parameters()
def change_password(request):
    """修改密码; also where everybody with an initial password is sent first."""
    forced = request.user.must_change_password
    form_class = NewPasswordForm if forced else ChangePasswordForm
    form = form_class(request.POST or None, user=request.user)
    if form.is_valid():
        flow.change_password(request, form.cleaned_data["new_password"])
        messages.success(request, "密码已修改，下次登录请用新密码")
        return redirect(next_page(request))
    page = {
        "form": form,
        "forced": forced,
        "rules": password_validators_help_texts(),
        "next": next_page(request),
    }
    return render(request, "accounts/change_password.html", page)


@never_cache
@require_safe
def still_here(request):
    """A page asks whether its session still lives; somebody at work on it keeps it alive."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


@require_POST
def language(request):
    """中文 or English: kept in the account, and in this browser for the door."""
    asked = request.POST.get("language", "")
    if asked not in Language.values:
        raise Http404
    if request.user.is_authenticated:
        flow.choose_language(request.user, Language(asked))
    response = redirect(next_page(request))
    response.set_cookie(
        "yibao_language", asked, max_age=YEAR, secure=request.is_secure(), samesite="Lax"
    )
    return response


@require_POST
def sign_out(request):
    """退出."""
    flow.sign_out(request)
    messages.success(request, "您已退出")
    return redirect("accounts:sign_in")
