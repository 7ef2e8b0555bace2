#!/usr/bin/env bash
# Builds and installs the peers that peers.py measures, and makes their models.
#
# usage: set_up_peers.sh DIR
#
# DIR gets what peers.py looks for; what is there already is kept, so that it
# can be called again after a failure. It needs some 30 GB and an hour, and
# clang-22, cmake, ninja and python3-venv of Debian; the rest comes from PyPI.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2; exit 2; }
mkdir -p "$1/models" "$1/iree"
peers=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
python=$peers/venv/bin/python
export HF_HUB_OFFLINE=1

if [ ! -x "$python" ]; then
  python3 -m venv "$peers/venv"
  # Alone first, so that the others take the one that is there.
  "$python" -m pip install -q torch
  "$python" -m pip freeze | grep -i '^torch==' >"$peers/constraints.txt"
  "$python" -m pip install -q -c "$peers/constraints.txt" numpy safetensors \
    transformers gguf openvino openvino-genai openvino-tokenizers nncf \
    optimum-intel iree-base-compiler iree-base-runtime iree-turbine
fi

if [ ! -d "$peers/llamacpp" ]; then
  (cd "$peers" &&
    "$python" -m pip download -q --no-deps --no-binary :all: llama-cpp-python &&
    tar xzf llama_cpp_python-*.tar.gz &&
    mv llama_cpp_python-*/vendor/llama.cpp llamacpp &&
    rm -rf llama_cpp_python-*)
fi
cmake -S "$peers/llamacpp" -B "$peers/llamacpp/build" -G Ninja \
  -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DBUILD_SHARED_LIBS=ON \
  -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
  -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF
ninja -C "$peers/llamacpp/build" llama-bench llama-batched-bench

while read -r name shape; do
  model=$peers/models/$name
  [ -f "$model-F16.gguf" ] ||
    "$python" "$here/peer_models.py" "$here/../shapes/$shape" "$model"
  [ -d "$model-ov-fp16" ] ||
    "$peers/venv/bin/optimum-cli" export openvino -m "$model-hf" \
      --task text-generation-with-past --weight-format fp16 "$model-ov-fp16"
  [ -f "$peers/iree/$name-bf16.vmfb" ] ||
    "$python" "$here/iree_export.py" "$model-hf" "$peers/iree/$name-bf16" ||
    echo "IREE cannot be measured on $name" >&2
done <<'MODELS'
llama1b llama-3.2-1b
qwen05b qwen2.5-0.5b
MODELS
