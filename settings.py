"""The settings of Retrace: one frozen object, the only reader of the environment."""

import tomllib
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from errors import BadInput

ROOT = Path(__file__).resolve().parent

Network = IPv4Network | IPv6Network


def _split_networks(value: object) -> object:
    """Turn '10.0.0.0/8, ::1' into networks; leave what is already a tuple alone."""
    if isinstance(value, str):
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    return value


def _number_of(value: object) -> object:
    """Turn '9' into 9: a choice among numbers takes no text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _spell_out_no_limit(value: object) -> object:
    """Turn 'none' into no limit at all: a variable that is empty counts as not set."""
    return "" if value == "none" else value


class Settings(BaseSettings):
    """What the owner decides. Read from `RETRACE_…` variables, then from `.env`; flags of a command win over both.

    The `.env` is the one beside this file, wherever a command is run: from another folder it would be another engine.
    """

    model_config = SettingsConfigDict(
        env_prefix="RETRACE_", env_file=ROOT / ".env", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data_dir: Path = Field(
        ROOT / "instance", description="Folder of everything the engine remembers: database, thumbnails, index."
    )
    database_url: str = Field(
        "",
        description="SQLAlchemy address of the catalogue, such as `postgresql+psycopg://user@host/retrace`. "
        "Empty: SQLite in the data folder.",
    )
    index_url: str = Field(
        "lsh:",
        pattern=r"^((lsh|exact):(\?.*)?|milvus(\+https?)?:[^@]+)$",
        description="Which vector index answers: `lsh:` (random-vector LSH), `exact:` (scan of everything), or one in "
        "Milvus: `milvus:/path/to/file.db`, `milvus+http://host:19530`, `milvus+https://…`, with `?metric=l2` or `ip` "
        "in place of `cosine` and `&method=hnsw` in place of `flat`. `lsh:?recall=.98`: aim at that share of the true "
        "neighbours (.5 to .9995; .99 when left out) for as long as `tune` has chosen nothing.",
    )
    index_token: SecretStr = Field(
        SecretStr(""), description="Password of the Milvus server (`user:password` or an API key). Empty: none."
    )
    shadow_share: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of searches that are done again exactly, in the background, to tell how much the index "
        "finds (`/metrics`, the page about this engine). 0: none.",
    )
    model: Path = Field(
        ROOT / "feature_extractor" / "models" / "retrace-resnet50-int8.xml",
        description="The OpenVINO model that describes pictures; its `.bin` and `.json` lie beside it.",
    )
    face_model: Path = Field(
        ROOT / "feature_extractor" / "models" / "retrace-faces-int8.xml",
        description="The OpenVINO network that describes faces, where `faces on` allowed any; its `.bin` and `.json` "
        "lie beside it.",
    )
    host: str = Field("127.0.0.1", description="Address to serve on; `0.0.0.0` for every interface.")
    port: int = Field(0, ge=0, le=65535, description="Port to serve on. 0: port 80, or 8080 where port 80 is refused.")
    workers: int = Field(2, ge=1, le=256, description="Web server processes.")
    threads: int = Field(4, ge=1, le=256, description="Requests that one web server process answers at a time.")
    inference_threads: int = Field(
        1, ge=0, le=256, description="Cores one description may use in a web process. 0: as many as there are."
    )
    max_upload_mb: int = Field(20, ge=1, le=2048, description="Largest picture file accepted, in MiB.")
    max_pixels: int = Field(
        64_000_000,
        ge=65_536,
        le=1_000_000_000,
        description="Largest picture accepted, in pixels, checked before decoding.",
    )
    fetch_urls: bool = Field(True, description="Whether visitors may search by the address of a picture.")
    fetch_timeout_s: float = Field(8.0, gt=0, le=120, description="Longest wait for a picture by address, all in all.")
    rate_limit: Annotated[str, BeforeValidator(_spell_out_no_limit)] = Field(
        "60/minute", description="Searches one client may make, over all workers. `none`: no limit."
    )
    rate_limit_url: str = Field(
        "", description="Storage of the rate limit, such as `redis://host:6379`. Empty: SQLite in the data folder."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Seals result pages and forms, 16 characters or more. Empty: made once, kept in the data folder.",
    )
    api_tokens: Literal["optional", "required"] = Field(
        "optional",
        description="Whether programs must show a token to use `/api/v1` and `/rest`: `optional`, or `required`. To "
        "change the catalogue they must in any case.",
    )
    session_hours: float = Field(
        12.0,
        ge=0.01,
        le=720,
        description="How long somebody who signed in stays so, at most; then the password is asked.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_split_networks)] = Field(
        (), description="Networks, separated by commas, whose `X-Forwarded-…` headers count. Empty: none."
    )
    metrics: bool = Field(
        False, description="Whether `/metrics` (Prometheus) is served; public when on: keep it behind a proxy."
    )
    regions: Annotated[Literal[0, 5, 9], BeforeValidator(_number_of)] = Field(
        0,
        description="Parts of each picture that `add` describes too, and a search asks where the whole proves nothing: "
        "5 or 9; strong crops are then found. 0: none. Pictures that are there already: `regions add`.",
    )
    video_rate: float = Field(
        2.0,
        gt=0,
        le=30,
        description="Frames of a video that are described in each of its seconds, beside the first of every scene.",
    )
    watch: bool = Field(
        True,
        description="Whether serving processes compare what is added with watched pictures, and send what they find. "
        "`false`: only `index.py watch run` does.",
    )
    watch_give_up_days: float = Field(
        3.0, gt=0, le=60, description="How long a finding that cannot be delivered is tried again; then it is given up."
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="Address of this site, such as `https://retrace.example.org`, for links in mails and webhooks. "
        "Empty: they have none.",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server for findings: `smtps://user:password@host`, `smtp+starttls://…`, or `smtp://host`, "
        "which takes TLS where the server offers it. Empty: no mail is sent.",
    )
    mail_from: str = Field("", description="Mailbox that mails come from.")
    max_video_mb: int = Field(
        64,
        ge=0,
        le=2048,
        description="Largest video file that visitors may search the videos with, in MiB. 0: none.",
    )
    serve_videos: bool = Field(
        False,
        description="Whether the site plays the files of the catalogue's videos to visitors, and lets them download "
        "them. Off, as originals of pictures are never sent either: then strips of small frames alone.",
    )
    show_mature: bool = Field(False, description="Whether pictures marked as mature are added from BAM! files.")
    catch_up_interval_s: float = Field(
        0.5, gt=0, le=60, description="How often a process looks for changes of the catalogue made by others."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severity that is logged."
    )

    @property
    def catalogue_url(self) -> str:
        """The SQLAlchemy address of the catalogue, the default spelled out."""
        return self.database_url or f"sqlite:///{self.data_dir / 'catalogue.sqlite'}"

    @property
    def max_upload_bytes(self) -> int:
        """The largest picture file accepted, in bytes."""
        return self.max_upload_mb * 2**20

    @property
    def max_video_bytes(self) -> int:
        """The largest video file accepted from visitors, in bytes."""
        return self.max_video_mb * 2**20

    @property
    def index_dir(self) -> Path:
        """The folder of index snapshots."""
        return self.data_dir / "index"

    @property
    def models_dir(self) -> Path:
        """The folder of models that `model use` chose."""
        return self.data_dir / "models"

    @property
    def poster_dir(self) -> Path:
        """The folder of the strips of small frames of videos."""
        return self.data_dir / "posters"

    @property
    def thumbnail_dir(self) -> Path:
        """The folder of thumbnails."""
        return self.data_dir / "thumbnails"


def read_version() -> str:
    """Return the version of Retrace, from the one place that has it; the application always runs from its checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def read_settings(**flags: Any) -> Settings:  # noqa: ANN401 - each setting has a type of its own, checked below
    """Return the settings of this process.

    Args:
        flags: values given on the command line; None means not given.
    Raises:
        BadInput: a value is out of range or unreadable; the message names the variable.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as exc:
        first = exc.errors()[0]
        name = "RETRACE_" + str(first["loc"][0]).upper() if first["loc"] else "RETRACE_…"
        raise BadInput(
            f"{name}: {first['msg']}; received {first.get('input')!r}",
            remedy="Correct the variable or the flag; the README lists every setting.",
        ) from exc
