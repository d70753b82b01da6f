// The tarball as a user gets it: packed, checked, installed in a folder outside the repository, and used there by every
// runtime and through every bundler. One program, so that the tarball is packed and installed once.

import "./parts/contents.mjs";
import "./parts/declarations.mjs";
import "./parts/runtimes.mjs";
import "./parts/subpaths.mjs";
import "./parts/bundles.mjs";
import "./parts/shaking.mjs";
import "./parts/program.mjs";
