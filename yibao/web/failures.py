"""The pages for what cannot be shown: each says in Chinese what is wrong and what to do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from yibao.web.shell import toast

FORBIDDEN, NOT_FOUND, BAD_REQUEST, FAILED, BUSY = 403, 404, 400, 500, 503


def answer(request, status, sentence):
    """A page for a browser, one line and a toast for htmx."""
    if getattr(request, "htmx", False):
        response = HttpResponse(
            sentence,
            status=status,
            content_type="text/plain; charset=utf-8",
            headers={"HX-Reswap": "none"},
        )
        return toast(response, ("red", sentence))
    return render(request, f"{status}.html", {"sentence": sentence}, status=status)


@requires_csrf_token
def bad_request(request, exception=None):  # noqa: ARG001 - Django's signature
    """400."""
    return answer(
        request, BAD_REQUEST, "地址或内容里有无法识别的部分，请返回上一页，刷新后重新操作"
    )


@requires_csrf_token
def forbidden(request, exception=None):
    """403; a guard's own sentence is shown when it gave one."""
    said = str(exception or "")
    return answer(request, FORBIDDEN, said or "您的岗位不能打开这个页面，请从左侧菜单进入")


@requires_csrf_token
def stale_form(request, reason=""):  # noqa: ARG001 - Django's signature
    """403 for a form whose token is missing or old."""
    return answer(request, FORBIDDEN, "页面停留太久，已经过期。请返回上一页刷新，再提交一次")


@requires_csrf_token
def not_found(request, exception=None):  # noqa: ARG001 - Django's signature
    """404, also for what lies outside somebody's scope."""
    return answer(
        request, NOT_FOUND, "没有找到这个页面或这条记录，它可能已被移走，或者不在您的数据范围内"
    )


def alone(request, status, heading, sentence):
    """A page without the frame: the frame asks the database, which may be what is away."""
    if getattr(request, "htmx", False):
        return answer(request, status, sentence)
    page = loader.get_template("alone.html").render({"heading": heading, "sentence": sentence})
    return HttpResponse(page, status=status)


def failed(request):
    """500."""
    return alone(
        request,
        FAILED,
        "暂时没有完成",
        "系统暂时没有完成这次操作，已记录下来。请稍后再试；如果一直这样，请联系学校管理员",
    )


def busy(request):
    """503: the database is away, or somebody holds a row for long."""
    return alone(
        request,
        BUSY,
        "系统正忙",
        "系统正忙，或者数据库暂时连不上，您的操作没有保存。请等几秒后再试一次",
    )
