"""Addresses and requests over a real connection."""

import socket

import httpx
import pytest
from serving import running

from fertools.app import UploadLimits, make_endpoint
from fertools.app._server import bind, hosts_of, is_loopback, url_of


def test_loopback_addresses():
    names = ("127.0.0.1", "127.1.2.3", "::1", "localhost", "0.0.0.0", "::", "example.org")
    assert [is_loopback(name) for name in names] == [True] * 4 + [False] * 3
    assert hosts_of("0.0.0.0") is None and "localhost" in hosts_of("localhost")


def test_used_port_is_reported():
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert url_of(first, "127.0.0.1") == f"http://127.0.0.1:{port}"
        with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port} is not available \(Addr.*use\)\."):
            bind("127.0.0.1", port)


def test_unknown_address_is_reported():
    with pytest.raises(OSError, match=r"host\.invalid:80 is not available"):
        bind("host.invalid", 80)


def test_client_of_a_large_upload_reads_the_reason():
    # A client that sends all 200 MB before it reads.
    limits = UploadLimits(max_bytes=2**20)
    with running(lambda hosts: make_endpoint(limits=limits, hosts=hosts)) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            head = f"POST /v1/faces HTTP/1.1\r\nHost: {host}:{port}\r\n"
            client.sendall(f"{head}Content-Length: {200 * 2**20}\r\n\r\n".encode())
            for _ in range(200):
                client.sendall(bytes(2**20))
            answer = client.recv(2**16)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"An upload must be at most 1 MiB." in answer
        assert httpx.get(f"{url}/v1/health").status_code == 200
