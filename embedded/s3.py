"""One S3 server of our own (SeaweedFS): its keys, its bucket's name, starting and stopping it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from embedded.processes import (
    LOOPBACK,
    StartError,
    free_port,
    own,
    reachable_copy,
    servant,
    spawn,
    status_of,
    stop,
    wait_until,
)

GRPC = 10_000  # SeaweedFS puts each service's gRPC port this far above its HTTP port


@dataclass
class S3:
    """A store in `folder` (below it: data/, the keys and the log), served on 127.0.0.1:`port`."""

    folder: Path
    port: int
    access_key: str
    secret_key: str = field(repr=False)
    grace: float = 2  # seconds it gets to end by itself, which takes it half a minute; it loses nothing when killed
    bucket: str = "anthon"
    region: str = "us-east-1"
    process: subprocess.Popen[bytes] | None = None
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """How the settings are told of this store."""
        return {
            "S3_ENDPOINT": self.endpoint,
            "S3_BUCKET": self.bucket,
            "S3_REGION": self.region,
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
        }

    @property
    def log(self) -> Path:
        return self.folder / "s3.log"

    def start(self, *, patience: float = 60) -> None:
        """Starts the server and waits until it answers signed requests; data of an earlier run is served again."""
        self.launch()
        self.wait(patience=patience)

    def launch(self) -> subprocess.Popen[bytes]:
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        for path in (self.folder, data):
            path.chmod(0o700)
            own(path)
        self._write_keys()
        self.ports = {"s3": self.port} | {each: free_port(companion=GRPC) for each in ("master", "volume", "filer")}
        argv = [str(self._program()), "-logtostderr", "server", *self._options()]
        self.process = spawn(argv, log=self.log, cwd=self.folder, account=servant(), env={"HOME": str(self.folder)})
        return self.process

    def wait(self, *, patience: float = 60) -> None:
        assert self.process
        wait_until(self._is_ready, process=self.process, name="S3", log=self.log, patience=patience)
        self._create_bucket()

    def stop(self) -> None:
        if self.process:
            stop(self.process, how=signal.SIGTERM, patience=self.grace)
            self.process = None
        for service, port in self.ports.items():  # where it also listens, and what it leaves behind
            Path(f"/tmp/seaweedfs-{service}-grpc-{port + GRPC}.sock").unlink(missing_ok=True)  # noqa: S108

    def _create_bucket(self) -> None:
        """The one bucket that the settings name, through SeaweedFS's own shell; made once."""
        made = self.folder / f"{self.bucket}.made"
        if made.exists():
            return
        shell = [str(self._program()), "-logtostderr", "shell", f"-master={LOOPBACK}:{self.ports['master']}"]
        command = f"s3.bucket.create -name {self.bucket}\n"
        done = subprocess.run(shell, input=command, capture_output=True, text=True, cwd="/", check=False, timeout=30)
        if done.returncode and "already exists" not in done.stderr:
            raise StartError(f"the S3 server refused to make the bucket {self.bucket}: {done.stderr.strip()}")
        made.touch()

    def _options(self) -> list[str]:
        options = {
            "dir": "data",
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "filer": "true",
            # Without it the filer serves every object to anyone who asks.
            "filer.disableHttp": "true",
            "s3": "true",
            "s3.config": "keys.json",
            "s3.port.iceberg": "0",
            "s3.port.lance": "0",
            # Relative to the folder: the default lies in /tmp under a name that others could take.
            "s3.localSocket": "s3.sock",
            "filer.localSocket": "filer.sock",
            "master.telemetry": "false",
            # Alone, so no election: it would take a second of every start.
            "master.peers": "none",
            "master.volumeSizeLimitMB": "256",
            "volume.max": "50",
        }
        for service, port in self.ports.items():
            options[f"{service}.port"] = str(port)
            options[f"{service}.port.grpc"] = str(port + GRPC)
        return [f"-{name}={value}" for name, value in options.items()]

    def _write_keys(self) -> None:
        identity = {
            "name": "anthon",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }
        keys = self.folder / "keys.json"
        keys.unlink(missing_ok=True)
        with os.fdopen(os.open(keys, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"identities": [identity]}, file)
        own(keys)

    def _is_ready(self) -> bool:
        """Ready is when it tells a stranger "no": before, it refuses the connection or speaks of internal errors."""
        return status_of(self.port, "/", patience=1) == 403

    def _program(self) -> Path:
        weed = Path(sysconfig.get_path("scripts")) / "weed"
        if not weed.exists() and (found := shutil.which("weed")):
            weed = Path(found)
        if not weed.exists():
            machine = "Intel Macs" if sys.platform == "darwin" else "this machine"
            raise StartError(
                f"there is no embedded S3 server for {machine}: set S3_ENDPOINT, S3_BUCKET, S3_REGION, "
                "S3_ACCESS_KEY and S3_SECRET_KEY to a store of your own"
            )
        return reachable_copy(weed, self.folder.parent / "programs" / "weed")
