"""How many threads the libraries use that look at pictures, in this process."""

import cv2
from threadpoolctl import threadpool_limits


def limit_threads(opencv: int) -> None:
    """Let OpenCV use so many threads, and products of matrices one.

    What is multiplied for a search is small: threads of BLAS would spend more time waiting for each other than they
    save, and take the cores from other searches meanwhile.

    Args:
        opencv: 0 leaves it as many as it takes by itself, one a core.
    """
    if opencv:
        cv2.setNumThreads(opencv)
    threadpool_limits(1, user_api="blas")
