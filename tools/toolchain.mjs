import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { apt, aptCanInstall } from "./setup.mjs";
import { capture, run, StepError } from "./steps.mjs";

const target = "wasm32-unknown-unknown";
const debianRustc = "/usr/bin/rustc";
const debianCargo = "/usr/bin/cargo";

/**
 * Finds a Rust that compiles to wasm32, installing one if need be.
 * Returns `{name, cargo, args, env, profile, hasOwnStd}`: what to run, what to add to its arguments, environment and
 * profile, and whether std is built with the module.
 */
export async function wasmToolchain() {
  const sysroot = await capture("rustc", ["--print", "target-libdir", "--target", target]);
  if (sysroot && existsSync(sysroot)) return plain(`${await version("rustc")}, which has ${target}`);

  if (await aptCanInstall("rustc-web")) return debian();

  if (await capture("rustup", ["--version"])) {
    await run("rustup", ["target", "add", target]);
    return plain(`${await version("rustc")}, with ${target} from rustup`);
  }
  throw new StepError(`No Rust for ${target} here. Install it with rustup (rustup target add ${target}).`);
}

async function plain(name) {
  return {
    name,
    cargo: "cargo",
    args: [],
    env: cCompiler(await findClang()),
    profile: { panic: "abort" },
    hasOwnStd: false,
  };
}

/** Debian's rustc-web, with std built from the very source it ships. */
async function debian() {
  await apt("rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm");
  const llvm = await debianLlvmVersion();
  await apt(`lld-${llvm}`, `clang-${llvm}`, `llvm-${llvm}`);
  return {
    name: `Debian's ${await version(debianRustc)}, with std from rust-web-src`,
    cargo: debianCargo,
    args: [
      "-Zbuild-std=std,panic_abort",
      "-Zbuild-std-features=optimize_for_size",
      "-Zpanic-immediate-abort",
    ],
    env: {
      RUSTC: debianRustc,
      RUSTC_BOOTSTRAP: "1",
      ...cCompiler({ clang: `clang-${llvm}`, ar: `llvm-ar-${llvm}` }),
    },
    profile: {},
    hasOwnStd: true,
  };
}

/** The LLVM that rustc-web was built against; clang and lld have to be of the same version. */
async function debianLlvmVersion() {
  const depends = (await capture("apt-cache", ["depends", "rust-web-llvm"])) ?? "";
  const found = /\bllvm-(\d+)\b/.exec(depends) ?? /\blibllvm(\d+)\b/.exec(depends);
  if (!found) throw new StepError("apt-cache depends rust-web-llvm names no LLVM version.");
  return found[1];
}

/** zstd is C: it needs a clang that compiles to wasm32. */
async function findClang() {
  for (const suffix of ["", ...[24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14].map((n) => `-${n}`)]) {
    const targets = await capture(`clang${suffix}`, ["--print-targets"]);
    if (!targets?.includes("wasm32")) continue;
    for (const ar of [`llvm-ar${suffix}`, "llvm-ar", "ar"])
      if (await capture(ar, ["--version"])) return { clang: `clang${suffix}`, ar };
  }
  throw new StepError(
    "zstd needs a clang that compiles to wasm32, and llvm-ar: install LLVM's " +
      "(Debian: apt-get install clang llvm; macOS: brew install llvm, and put its bin directory on PATH).",
  );
}

/** The compiler of zstd, and what of zstd is left out since it never runs: dictionaries, windows of over 16 MB. */
function cCompiler({ clang, ar }) {
  const name = target.replaceAll("-", "_");
  const header = join(root, "tools", "zstd", "no_dictionaries.h");
  return {
    [`CC_${name}`]: clang,
    [`AR_${name}`]: ar,
    [`CFLAGS_${name}`]: `-include "${header}" -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1`,
    CC_SHELL_ESCAPED_FLAGS: "1",
  };
}

async function version(rustc) {
  return (await capture(rustc, ["--version"]))?.split(" ").slice(0, 2).join(" ");
}
