# The commands of the README. Presets and flags live in CMakePresets.json and CMakeLists.txt.
JOBS ?= $(shell nproc)
SECONDS ?= 60
PREFIX ?= /usr/local

.PHONY: all deps deps-check deps-bench configure build everything demo demo-wifi test check bench fuzz fmt clean install deb
all: build

deps:
	@tools/install-packages build

deps-check:
	@tools/install-packages build check bench

deps-bench:
	@tools/install-packages build bench

configure: deps
	@[ -f build/release/build.ninja ] || cmake --preset release

# The programs, in build/release/bin.
build: configure
	@cmake --build --preset release -j $(JOBS) --target programs

everything: configure
	@cmake --build --preset release -j $(JOBS)

# Programs, man pages, configuration and systemd unit, and the device library: docs/install.md. DESTDIR: staged there.
install: build
	@cmake --install build/release --prefix "$(PREFIX)" --component hss
	@cmake --install build/release --prefix "$(PREFIX)" --component me

# A Debian package in build/.
deb: build
	@tools/make-deb build/release build

demo: build
	@demo/run

# The same SIM behind unmodified wpa_supplicant and hostapd.
demo-wifi: build
	@demo/wifi

test: everything
	@ctest --preset release -LE slow -j $(JOBS)

check: deps-check everything
	@tools/check

# The table of docs/performance.md; FULL=1: with 10 million subscribers.
bench: deps-bench configure
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target programs bench_programs
	@bench/run --json build/bench.json $(if $(FULL),--full)

# Each fuzzer for SECONDS.
fuzz: deps-check
	@tools/fuzz $(SECONDS)

fmt:
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

clean:
	@rm -rf build
