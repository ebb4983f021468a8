# The commands of the README. Presets and flags live in CMakePresets.json and CMakeLists.txt.
JOBS ?= $(shell nproc)
SECONDS ?= 60

.PHONY: all deps deps-check build demo test check fuzz fmt clean
all: build

deps:
	@tools/install-packages build

deps-check:
	@tools/install-packages build check

build: deps
	@[ -f build/release/build.ninja ] || cmake --preset release
	@cmake --build --preset release -j $(JOBS)

demo: build
	@demo/run

test: build
	@ctest --preset release -LE slow -j $(JOBS)

check: deps-check build
	@tools/check

# Each fuzzer for SECONDS.
fuzz: deps-check
	@tools/fuzz $(SECONDS)

fmt:
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

clean:
	@rm -rf build
