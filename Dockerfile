# The course in a container, for macOS, Windows, and Linux machines that refuse namespaces:
#
#   docker build --tag diffusion-course .
#   docker run --rm --interactive --tty --volume "$PWD":/work \
#       --network none --pids-limit 500 --memory 6g --memory-swap 6g \
#       --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
#       diffusion-course course grade spiral
#
# With Podman the same, as `podman`. The capability and the two options let the grader build its own walls around
# student code; they hold for the container only, and student code gets none of them. `course doctor` in the
# container says whether the walls stand. Nothing in it needs a network: notebooks bring their data, and Jupyter talks
# to its kernels inside. With Docker on Linux what it writes belongs to root, who alone can read marks then:
# `sudo chown -R "$USER" .` gives them to you. (hadolint finds nothing; where this was written no image could be built.)
FROM python:3.11-slim-bookworm

WORKDIR /work
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

# Editable: with the checkout mounted at /work, that one is used, and what is graded there stays there.
COPY . ./
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

CMD ["course", "doctor"]
