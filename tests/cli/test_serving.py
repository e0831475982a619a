"""The commands that run a server."""

import pytest

pytest.importorskip("gradio")
pytest.importorskip("fastapi")

from fertools.app._server import bind


@pytest.fixture
def started(monkeypatch):
    """Return a list that receives the applications instead of a server."""
    applications = []
    # Gradio leaves event loops open.
    monkeypatch.setattr("fertools.app._hosting.host_page", lambda *args: "page")
    monkeypatch.setattr(
        "fertools.app._server.run_server", lambda app, listening: applications.append(app)
    )
    return applications


@pytest.mark.parametrize("command", ["app", "serve"])
def test_address_is_printed(command, started, run):
    code, out, err = run(command, "--port", "0", "--quiet")
    assert (code, err) == (0, "")
    assert out.startswith("Open http://127.0.0.1:") and out.count("\n") == 1
    assert len(started) == 1


def test_open_address_is_warned_of(started, run):
    code, out, err = run("serve", "--port", "0", "--host", "0.0.0.0")
    assert code == 0 and out.startswith("Open http://0.0.0.0:")
    assert "Other computers can reach this server" in err


def test_used_port_is_reported(started, run):
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        code, out, err = run("serve", "--port", port)
    assert (code, out) == (2, "") and "is not available" in err and not started


@pytest.mark.parametrize("content", ["", "\n \n", "short\n", "naïve naïve naïve\n"])
def test_unusable_tokens_are_reported(content, tmp_path, started, run):
    path = tmp_path / "tokens.txt"
    path.write_text(content)
    code, out, err = run("serve", "--port", "0", "--token-file", path)
    assert (code, out) == (2, "") and "token" in err and err.count("\n") == 1 and not started


def test_tokens_are_read_from_a_file(tmp_path, monkeypatch, started, run):
    path = tmp_path / "tokens.txt"
    path.write_text("first token of two\n\nsecond token of two\n")
    monkeypatch.setenv("FERTOOLS_TOKEN_FILE", str(path))
    assert run("serve", "--port", "0")[0] == 0
    guard = next(item for item in started[0].user_middleware if "tokens" in item.kwargs)
    assert guard.kwargs["tokens"] == ("first token of two", "second token of two")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("app --model nothing", "nothing: no such model file"),
        ("app --models-folder nowhere", "nowhere: there is no such folder"),
        ("serve --port 70000", "--port"),
        ("serve --max-photos 0", "--max-photos"),
        ("serve --token-file nowhere", "nowhere: there is no such file"),
    ],
)
def test_wrong_options_are_reported(arguments, words, tmp_path, monkeypatch, started, run):
    monkeypatch.chdir(tmp_path)
    port = [] if "--port" in arguments else ["--port", "0"]
    code, out, err = run(*arguments.split(), *port)
    assert (code, out) == (2, "") and words in err and "Traceback" not in err and not started
