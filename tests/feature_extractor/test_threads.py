import subprocess
import sys

_REPORT = """
import cv2, numpy
from threadpoolctl import threadpool_info
from feature_extractor.threads import limit_threads
limit_threads({opencv})
print(cv2.getNumThreads(), *(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"))
"""


def threads_after(opencv: int) -> list[int]:
    """Return the threads of OpenCV and of BLAS in a process of their own, as both are the whole process's."""
    report = _REPORT.format(opencv=opencv)
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


def test_products_take_one_thread_and_opencv_as_many_as_it_is_given() -> None:
    opencv, *products = threads_after(opencv=1)
    assert (opencv, set(products)) == (1, {1})
    opencv, *products = threads_after(opencv=0)
    assert opencv >= 1
    assert set(products) == {1}  # of NumPy, and of OpenCV where it brings its own
