"""A report of faces for the tests of what is made of it."""

from evaluation.faces import FACE, VIEWS, FaceReport
from evaluation.identification import Estimate, Identification

ONE = Estimate(0.5, 0.4, 0.6)


def make_up_face_report() -> FaceReport:
    """Return a report of faces with numbers that nothing was measured for."""
    names = [f"{kind}, {view}" for kind in ("similar", "copy") for view in VIEWS] + [FACE]
    return FaceReport(
        pictures=100,
        people=20,
        detected=ONE,
        asked=40,
        asked_people=10,
        among=60,
        best_at_5=0.9,
        figures={name: Identification(ONE, ONE, ONE, ONE, ONE, 0.25) for name in names},
        gains={f"{FACE} over similar, whole": {"mAP": ONE, "P@5": ONE}},
        curves={name: ([0.01, 0.1, 1.0], [0.2, 0.5, 1.0]) for name in names},
        index_agreement=1.0,
        index_is_exact=True,
        model_id="f" * 64,
    )
