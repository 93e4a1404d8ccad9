"""Start the sandbox gateway: `python -m yibao_sandbox [serve|keys] --port N --data DIR`."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from yibao_sandbox import alipay, campus, keys, merchants, wechat
from yibao_sandbox.gateway import build
from yibao_sandbox.server import Server


def main() -> int:
    """Make the keys, or make them and serve."""
    asked = _arguments()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    folder = asked.data.resolve() / "sandbox"
    if asked.verb == "keys":
        keys.prepare(folder / "keys")
        merchants.wechat(folder)
        merchants.alipay(folder)
        return 0
    try:
        server = Server(asked.host, asked.port)
    except OSError as failure:
        sys.stderr.write(f"沙箱支付网关无法监听 {asked.host}:{asked.port}：{failure.strerror}\n")
        return 1
    port = server.server_address[1]
    server.gateway = build(
        folder,
        merchant=asked.merchant,
        merchant_name=asked.merchant_name,
        public_url=(asked.public_url or f"http://127.0.0.1:{port}").rstrip("/"),
        pace=asked.pace,
    )
    _serve(server, f"http://{asked.host}:{port}")
    return 0


def _serve(server: Server, address: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop below, so it must not run inside of it.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.gateway.courier.start(
        {told.PROTOCOL: told.voice(server.gateway) for told in (campus, wechat, alipay)}
    )
    sys.stdout.write(f"sandbox gateway on {address}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    server.gateway.courier.stop()
    server.gateway.ledger.close_file()


def _arguments() -> argparse.Namespace:
    def env(name: str, default: str = "") -> str:
        return os.environ.get(f"YIBAO_SANDBOX_{name}", default)

    parser = argparse.ArgumentParser("yibao_sandbox", description="沙箱支付网关，只用于演示和测试")
    parser.add_argument("verb", nargs="?", choices=("serve", "keys"), default="serve")
    parser.add_argument("--host", default=env("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=env("PORT", "8765"))
    parser.add_argument("--data", type=Path, default=os.environ.get("YIBAO_DATA", "var"))
    parser.add_argument("--public-url", default=env("PUBLIC_URL"), help="付款人打开收银台的地址")
    parser.add_argument("--merchant", default=env("MERCHANT", "YIBAO-DEMO"))
    parser.add_argument("--merchant-name", default=env("MERCHANT_NAME", "大学生医保缴费"))
    parser.add_argument("--pace", type=float, default=env("PACE", "1"), help="缩放一切等待时间")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
