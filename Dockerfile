# The HTTP endpoint of fertools; see docs/guide/app.md.
#
#     docker build --tag fertools .
#     docker run --rm --publish 127.0.0.1:8000:8000 fertools
FROM python:3.13-slim

COPY . /source
# opencv-python needs libGL, which this image lacks; the headless build of the same version does not.
RUN pip install --no-cache-dir "/source[app]" \
    && version=$(pip show opencv-python | sed -n 's/^Version: //p') \
    && pip uninstall --yes opencv-python \
    && pip install --no-cache-dir --no-deps "opencv-python-headless==$version" \
    && useradd --system --create-home --uid 10001 fertools

USER fertools
WORKDIR /home/fertools
ENV PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1 NUMBA_CACHE_DIR=/home/fertools/.cache/numba
# Compile the kernels.
RUN fertools demo --quiet --out demo && rm -r demo

EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v1/health')"]
ENTRYPOINT ["fertools"]
CMD ["serve", "--host", "0.0.0.0"]
