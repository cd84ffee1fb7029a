"""The image, made without a container engine: what is in it, and that it is the same when it is made again."""

import hashlib
import json
import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from harness.gateway import BINARY

SCRIPTS = Path(__file__).resolve().parents[2] / "install" / "image"

pytestmark = [
    pytest.mark.skipif(
        not all(map(shutil.which, ("dpkg-query", "strip", "ldd"))), reason="the image is of Debian's packages"),
    # Packing takes seconds, and minutes where many others want the processor.
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small program that is linked as ours is: making an image of the whole one takes half a minute."""
    program = tmp_path_factory.mktemp("program") / "sallyport"
    shutil.copy(shutil.which("openssl"), program)
    return program


def build(program, out, *more):
    """The digest that is printed, and the archive's bytes."""
    answer = subprocess.run([SCRIPTS / "build.sh", program, out, *more], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()[-1], out.read_bytes()


@pytest.fixture(scope="module")
def archive(small, tmp_path_factory):
    """The image of it: digest, and files by name."""
    digest, data = build(small, tmp_path_factory.mktemp("image") / "image.tar", "example.com/sallyport:1")
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        files = {one.name.removeprefix("./"): tar.extractfile(one).read() for one in tar if one.isfile()}
    return digest, files


def blob(files, digest):
    """A file by its digest, which has to be right."""
    data = files[f"blobs/{digest.replace(':', '/')}"]
    assert hashlib.sha256(data).hexdigest() == digest.partition(":")[2]
    return data


@pytest.fixture(scope="module")
def manifest(archive):
    digest, files = archive
    [entry] = json.loads(files["index.json"])["manifests"]
    assert entry["digest"] == digest and entry["annotations"]["io.containerd.image.name"] == "example.com/sallyport:1"
    return json.loads(blob(files, digest))


@pytest.fixture(scope="module")
def layers(archive, manifest):
    """Members of the layers, by path."""
    members = {}
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=BytesIO(blob(archive[1], layer["digest"])), mode="r:gz") as tar:
            for one in tar:
                members["/" + one.name.removeprefix("./").strip("/")] = one
    return members


def test_it_is_the_same_when_it_is_made_again(small, archive, tmp_path):
    digest, data = build(small, tmp_path / "again.tar", "example.com/sallyport:1")
    assert digest == archive[0]
    again = build(small, tmp_path / "thrice.tar", "example.com/sallyport:1")
    assert again == (digest, data)


def test_who_runs_and_what(archive, manifest):
    config = json.loads(blob(archive[1], manifest["config"]["digest"]))
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Entrypoint"] == ["/sallyport"]
    assert config["config"]["Labels"]["org.opencontainers.image.title"] == "sallyport"
    assert len(config["rootfs"]["diff_ids"]) == len(manifest["layers"]) == 2
    [old] = json.loads(archive[1]["manifest.json"])
    assert old["RepoTags"] == ["example.com/sallyport:1"] and len(old["Layers"]) == 2


def test_nothing_is_in_it_that_could_be_run_beside(layers):
    executables = {path for path, one in layers.items() if one.isfile() and one.mode & 0o111}
    assert {path for path in executables if "ld-linux" not in path} == {"/sallyport"}
    assert not any(one.mode & 0o6000 for one in layers.values()), "nothing gives more rights"
    assert not any(path.startswith(("/bin", "/sbin", "/usr/bin")) for path in layers)


def test_libraries_are_those_that_the_program_asks_for(small, layers):
    asked = {word for line in subprocess.run(["ldd", small], capture_output=True, text=True).stdout.splitlines()
             for word in line.split() if word.startswith("/")}
    assert {path for path in layers if ".so" in path} == asked


def test_only_one_folder_is_for_writing_besides_tmp(layers):
    assert layers["/tmp"].mode == 0o1777
    assert {path for path, one in layers.items() if one.uid != 0 or one.gid != 0} == {"/var/lib/sallyport"}
    assert {path for path, one in layers.items() if one.mode & 0o022} == {"/tmp"}
    assert {one.mtime for one in layers.values()} == {layers["/sallyport"].mtime}


def test_packages_and_licences_are_written_down(layers):
    packages = {path.rpartition("/")[2] for path in layers if path.startswith("/var/lib/dpkg/status.d/")}
    assert {"libc6", "ca-certificates", "base-files"} <= packages
    for name in packages:
        assert f"/usr/share/doc/{name}/copyright" in layers
    assert {"/usr/share/doc/sallyport/LICENSE", "/usr/share/doc/sallyport/NOTICE", "/etc/ssl/certs/ca-certificates.crt",
            "/etc/passwd"} <= set(layers)


def test_it_runs_from_its_own_files_alone(tmp_path):
    """The real program, with no other library than those of the image."""
    root = tmp_path / "root"
    answer = subprocess.run([SCRIPTS / "files.sh", BINARY, root], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    [loader] = (root / "lib64").glob("ld-linux*") if (root / "lib64").exists() else root.glob("lib/ld-linux*")
    [libraries] = {path.parent for path in root.rglob("libc.so*")}
    answer = subprocess.run([loader, "--inhibit-cache", "--library-path", libraries, root / "sallyport", "version"],
                            capture_output=True, text=True, env={})
    assert answer.returncode == 0 and answer.stdout.startswith("sallyport "), answer.stderr
    assert (root / "sallyport").stat().st_size < Path(BINARY).stat().st_size, "symbols are left out"


@pytest.mark.parametrize("arguments, said", [
    ([], "usage"), (["/nowhere", "out.tar"], "is no program"), ([BINARY, "out.tar", "a b"], "is no name"),
])
def test_wrong_calls_say_what_is_wrong(arguments, said, tmp_path):
    answer = subprocess.run([SCRIPTS / "build.sh", *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert answer.returncode != 0 and said in answer.stderr
    assert not (tmp_path / "out.tar").exists()
