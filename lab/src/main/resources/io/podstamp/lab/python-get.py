# One GET by Python's urllib: python3 - URL  Says how it ended and after how many milliseconds.
import sys
import time
import urllib.error
import urllib.request

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
began = time.monotonic()
try:
    # One limit for each step: connecting to each address, and each wait for bytes.
    with opener.open(sys.argv[1], timeout=3) as answer:
        answer.read()
        end = "HTTP %d" % answer.status
except urllib.error.URLError as error:
    end = "URLError: %s" % error.reason
except OSError as error:
    end = "%s: %s" % (type(error).__name__, error)
print("%s\t%d" % (end, (time.monotonic() - began) * 1000))
