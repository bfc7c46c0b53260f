"""Every error Retrace raises on purpose.

RetraceError
├── BadInput                 something given to us cannot be used          exit 3
│   ├── PictureError
│   │   ├── UploadMissing        no file and no address in the request
│   │   ├── FileTooLarge         more bytes than allowed
│   │   ├── TooManyPixels        more pixels or frames than allowed
│   │   ├── PictureTooSmall      a side is under 16 px
│   │   ├── UnsupportedFormat    not one of the formats we read
│   │   └── BrokenPicture        a known format that does not decode
│   ├── VideoError
│   │   ├── UnsupportedVideo     not one of the kinds of video we read
│   │   ├── VideoTooLarge        more bytes, pixels, frames, seconds or streams than allowed
│   │   ├── VideoTooSlow         reading it took longer than allowed
│   │   └── BrokenVideo          a known kind that does not decode
│   ├── FetchError
│   │   ├── AddressRefused       an address we do not connect to
│   │   ├── FetchFailed          the other server answered with an error
│   │   └── FetchTimedOut        the other server took too long
│   ├── MailRefused          a mail that the mail server does not take
│   ├── SourceUnreadable     a folder, archive or table of pictures we cannot read
│   ├── FacesNotAllowed      a collection whose faces nobody allowed to be kept
│   ├── SealBroken           a results form that is forged, damaged or too old
│   ├── BadRequest           a parameter that makes no sense
│   ├── SignInRequired       only the signed-in may do this
│   ├── SignInRefused        no such name with this password
│   └── TokenError
│       ├── TokenMissing         a program must show a token for this
│       ├── TokenRefused         no such token, or its time is over
│       └── TokenTooWeak         the token is for reading, and something was to be changed
├── NotFound                 what was asked for is not in the catalogue     exit 1
├── TooManyRequests          the client's share is used up                 exit 3
│   └── SignInLocked             too many attempts to sign in
├── EnvironmentFault         this machine or its set-up is at fault         exit 4
│   ├── PartMissing              a package that this command needs is not installed
│   ├── ModelUnusable            model file absent, damaged or of another shape
│   ├── ModelChanged             another model has come to serve the catalogue meanwhile
│   ├── CatalogueUnavailable     database absent, locked, read-only, full or not migrated
│   ├── SnapshotRefused          an index snapshot that does not fit or is damaged
│   ├── IndexUnavailable         the server that keeps the index does not answer
│   ├── ClusterUnavailable       the cluster that describes pictures does not answer
│   ├── StorageUnavailable       a folder we must write to cannot be written
│   ├── SecretUnreadable         a secret that was sealed with another secret of the site
│   └── AddressInUse             the port cannot be bound
└── ContractBroken           a caller inside Retrace broke a contract        exit 4
    └── DescriptorShapeError     vectors of a wrong shape, dtype or norm

The command line maps `exit_status` to its own; the web maps classes to status codes in `web/errors.py`.
"""

from typing import ClassVar


class RetraceError(Exception):
    """Base of all errors of Retrace: a message for people and what they can do about it."""

    exit_status: ClassVar[int] = 4
    remedy: str = "Report this with the log of the command or server."

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        """Keep the message and, where the place of the failure knows better, its own remedy.

        Args:
            message: what was expected and what came, one sentence without a line break.
            remedy: what a person can do; the class's own sentence when left out.
        """
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy


class BadInput(RetraceError):
    """Something given to us cannot be used."""

    exit_status = 3
    remedy = "Check what you gave and try again."


class PictureError(BadInput):
    """A picture that cannot be searched with or added."""

    remedy = "Try another picture."


class UploadMissing(PictureError):
    """A search without a file and without an address."""

    remedy = "Choose a picture file, or paste the address of a picture."


class FileTooLarge(PictureError):
    """More bytes than the limit allows."""

    remedy = "Save the picture smaller or with stronger compression, then try again."


class TooManyPixels(PictureError):
    """More pixels or frames than the limit allows; found before decoding."""

    remedy = "Scale the picture down, then try again."


class PictureTooSmall(PictureError):
    """A side is under 16 px: there is too little in it to search with."""

    remedy = "Use a larger version of the picture."


class UnsupportedFormat(PictureError):
    """The bytes are none of the formats we read, whatever the file is called."""

    remedy = "Use JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF."


class BrokenPicture(PictureError):
    """The bytes begin like a format we read but do not decode."""

    remedy = "The file is damaged or cut off: download or export it again."


class VideoError(BadInput):
    """A video that cannot be searched with or added."""

    remedy = "Try another video."


class UnsupportedVideo(VideoError):
    """The bytes are none of the kinds of video we read, or hold no moving pictures."""

    remedy = "Use MP4, QuickTime, Matroska, WebM, AVI, MPEG, FLV, Ogg or ASF with H.264, HEVC, AV1, VP8, VP9 or MPEG-4."


class VideoTooLarge(VideoError):
    """More bytes, pixels, frames, seconds or streams than the limit allows."""

    remedy = "Cut the video or save it smaller, then try again."


class VideoTooSlow(VideoError):
    """Reading the video took longer than the limit allows."""

    remedy = "Cut the video or save it smaller, then try again."


class BrokenVideo(VideoError):
    """The bytes begin like a video we read but do not decode."""

    remedy = "The file is damaged or cut off: download or export it again."


class FetchError(BadInput):
    """The picture behind an address could not be had."""

    remedy = "Save the picture and upload the file instead."


class AddressRefused(FetchError):
    """An address we do not connect to: not http(s), a private network, an odd port."""

    remedy = "Give the public http or https address of a picture, or upload the file."


class FetchFailed(FetchError):
    """The other server refused, was not found or answered with an error."""


class FetchTimedOut(FetchError):
    """The other server took longer than we wait."""


class MailRefused(BadInput):
    """A mail that the mail server does not take, or a mail server that does not answer."""

    remedy = "Check RETRACE_SMTP_URL, RETRACE_MAIL_FROM and the address of the mailbox."


class SourceUnreadable(BadInput):
    """A folder, archive or table of pictures that cannot be read."""

    remedy = "Check the path and that the file is whole."


class FacesNotAllowed(BadInput):
    """A collection whose faces may not be found, kept or searched: nobody switched that on."""

    remedy = 'Faces are personal data. Where there is a reason: index.py faces on COLLECTION --because "the reason".'


class SealBroken(BadInput):
    """The sealed query of a results page is forged, damaged or older than 30 minutes."""

    remedy = "Search again with the picture: queries are never stored, so an old page cannot be continued."


class BadRequest(BadInput):
    """A parameter that makes no sense."""


class SignInRequired(BadInput):
    """Only those who are signed in may do this."""

    remedy = "Sign in, then try again."


class SignInRefused(BadInput):
    """There is no user of this name with this password; which of the two is wrong is not told."""

    remedy = "Check both, and whether capital letters are locked."


class TokenError(BadInput):
    """A program without the token that it needs."""

    remedy = "The owner of this site makes one: python3 index.py token add NAME --scope read|write."


class TokenMissing(TokenError):
    """Only programs with a token may do this."""

    remedy = (
        "Send the header `Authorization: Bearer TOKEN`. "
        "The owner of this site makes one: python3 index.py token add NAME --scope read|write."
    )


class TokenRefused(TokenError):
    """There is no such token, or its time is over; which of the two is not told."""

    remedy = "Check that it was copied whole; the owner of this site sees by `token list` whether it has ended."


class TokenTooWeak(TokenError):
    """The token is for reading alone."""

    remedy = "Use a token that was made with --scope write."


class NotFound(RetraceError):
    """What was asked for is not in the catalogue."""

    exit_status = 1
    remedy = "It may have been removed since. Search again."


class TooManyRequests(RetraceError):
    """The client used up its share of searches for now."""

    exit_status = 3
    remedy = "Wait a moment, then try again."


class SignInLocked(TooManyRequests):
    """There were too many attempts to sign in, by this name or from this address."""

    remedy = "Wait a quarter of an hour, then try again."


class EnvironmentFault(RetraceError):
    """This machine or its set-up is at fault, not the input."""

    exit_status = 4
    remedy = "Run `make setup` (or `python3 setup.py`) and try again."


class PartMissing(EnvironmentFault):
    """A package that this command needs is not installed."""

    remedy = "Install everything: .venv/bin/pip install -r requirements.txt"


class ModelUnusable(EnvironmentFault):
    """The model file is absent, damaged or of another shape than its metadata says."""

    remedy = "Restore feature_extractor/models/ from the repository, or point RETRACE_MODEL at a whole model."


class ModelChanged(EnvironmentFault):
    """Another model has come to serve the catalogue since this process began."""

    remedy = "Start the command again: it takes the model that serves now, and passes over what is there."


class CatalogueUnavailable(EnvironmentFault):
    """The database is absent, locked, read-only, full or not migrated."""


class SnapshotRefused(EnvironmentFault):
    """An index snapshot that is damaged or was made for another model, dimension or method."""

    remedy = "Run `python3 index.py rebuild`: an index can always be made again from the catalogue."


class IndexUnavailable(EnvironmentFault):
    """The server that keeps the index does not answer, or not as it should."""

    remedy = "Check that the server of RETRACE_INDEX_URL runs and lets this machine in."


class ClusterUnavailable(EnvironmentFault):
    """The cluster that describes pictures in bulk does not answer, or gave up."""

    remedy = "Start one with `ray start --head --disable-usage-stats`, and give its address as host:port."


class StorageUnavailable(EnvironmentFault):
    """A folder we must write to cannot be written."""

    remedy = "Check that RETRACE_DATA_DIR exists, has free space and belongs to you."


class SecretUnreadable(EnvironmentFault):
    """A kept secret was sealed with another RETRACE_SECRET_KEY, or another `secret.key`."""

    remedy = "Bring that secret of the site back, or give the hook a new secret: `watch hook NAME URL`."


class AddressInUse(EnvironmentFault):
    """The address to serve on cannot be bound."""

    remedy = "Choose another with --port, or stop what is listening there."


class ContractBroken(RetraceError):
    """A caller inside Retrace broke a contract: a bug of ours."""


class DescriptorShapeError(ContractBroken):
    """Vectors of a wrong shape, dtype or norm."""
