# The HTTP endpoint of fertools; see docs/guide/app.md.
#
#     docker build --tag fertools .
#     docker run --rm --publish 127.0.0.1:8000:8000 fertools
FROM python:3.13-slim

WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY fertools fertools
# opencv-python needs libGL, which this image lacks; the headless build of the same version does not.
RUN pip install --no-cache-dir ".[app]" \
    && version=$(pip show opencv-python | sed -n 's/^Version: //p') \
    && pip uninstall --yes opencv-python \
    && pip install --no-cache-dir --no-deps "opencv-python-headless==$version"

WORKDIR /home/fertools
RUN useradd --system --uid 10001 --home-dir /home/fertools fertools \
    && rm -r /source \
    # Compiles the kernels, so that the container can be read-only.
    && fertools demo --quiet --out /tmp/demo \
    && rm -r /tmp/demo
USER fertools

ENV PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v1/health')"]
ENTRYPOINT ["fertools"]
CMD ["serve", "--host", "0.0.0.0"]
