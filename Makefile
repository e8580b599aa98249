# Short names for the usual work. CMakePresets.json holds the build settings.

PRESET ?= release
JOBS ?= 2
BUILD = build/$(PRESET)
DEMO_FLAGS ?= --epochs 12 --batch 64 --augment flip
TRANSFER ?= heads two
CMAKE_FLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help deps dev-deps configure build demo demo-transfer test bench bench-peers format lint coverage clean

help:  ## list these targets
	@echo "usage: make TARGET [PRESET=release|dev|asan-ubsan|tsan|coverage] [JOBS=2]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

deps:  ## install the Debian packages that are missing
	@tools/install_deps.sh

dev-deps:  ## also install clang-tidy, gcovr, the aarch64 compiler and python3-venv
	@tools/install_deps.sh --dev

configure: deps
	@cmake --preset $(PRESET) -DNOYAU_TESTS=ON $(CMAKE_FLAGS)

build: configure  ## build the library, the command and the tests
	@cmake --build $(BUILD) --parallel $(JOBS)

demo: configure  ## build, then train on the sample of Fashion-MNIST and write a report
	@cmake --build $(BUILD) --parallel $(JOBS) --target noyau_cli
	@tools/run_demo.sh $(BUILD)/bin/noyau $(DEMO_FLAGS)

demo-transfer: configure  ## build, fetch photos of solar cells and ImageNet weights, check, advise, train, show the report (TRANSFER="fine-tune four": fine-tuning, four classes)
	@cmake --build $(BUILD) --parallel $(JOBS) --target noyau_cli
	@tools/run_demo_transfer.sh $(BUILD)/bin/noyau $(TRANSFER)

test: build  ## run every test, the layer check, the format check and the examples
	@ctest --test-dir $(BUILD) --parallel $(JOBS) --output-on-failure --timeout 300

bench: build  ## time each kernel against the machine's measured FMA peak
	@$(BUILD)/bin/noyau bench --layers

bench-peers: dev-deps build  ## time training and inference beside PyTorch and other engines (installed under build/peers; an hour)
	@test -x build/peers/bin/python || python3 -m venv build/peers
	@build/peers/bin/pip install --quiet -r tools/peers/requirements.txt
	@tools/bench_peers.py --noyau $(BUILD)/bin/noyau
	@tools/bench_peers.py --noyau $(BUILD)/bin/noyau --infer

format: deps  ## rewrite the C++ files in the project's style
	@tools/check_format.sh --fix

lint: dev-deps configure  ## run clang-tidy over the sources
	@run-clang-tidy -quiet -j $(JOBS) -p $(BUILD) '$(CURDIR)/(src|apps)/.*'

coverage: dev-deps  ## run the tests of the coverage build and print the share of lines reached
	@$(MAKE) --no-print-directory test PRESET=coverage
	@gcovr --root . --filter src/ --filter include/ --print-summary build/coverage

clean:  ## remove all build folders (runs/ stays)
	rm -rf build
