# Every command sets up what it needs. Tools and the target directory are kept outside the checkout:
# TABLEPORT_CACHE (default ~/.cache/tableport) and CARGO_TARGET_DIR say where.

.PHONY: help demo test serve build check size bench

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-8s %s\n", $$1, $$2 }'

demo: build ## Export a real table through presigned URLs into the embedded store
	@node tools/demo.mjs

test: ## Set up and run every test
	@node tools/test.mjs

serve: build ## Serve the demo page at http://127.0.0.1:8787, with the embedded store behind it
	@node tools/serve.mjs

build: ## Build pkg/, ready for npm pack
	@node tools/build.mjs

check: ## The quick loop: format, lints, types, native tests
	@node tools/check.mjs

size: build ## Build, and print the sizes of the module and the package
	@node tools/size.mjs

bench: build ## Measure beside what else there is
	@node tools/bench.mjs
