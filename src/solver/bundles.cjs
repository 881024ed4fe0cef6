// npm looks into the tarball of a package that brings dependencies along (`bundleDependencies`), to see which. It
// asks for that tarball by its address, and `--allow-remote=none` forbids all addresses (npm 11 and 12, arborist's
// `build-ideal-tree.js`: "EALLOWREMOTE"). When npm installs, it makes an exception for tarballs of the registry
// (`reify.js`); this makes the same one when it resolves. What a package wants from an address of its own is
// refused before it comes here; what a shrinkwrap inside a package has from elsewhere, when the result is read.
"use strict";
const path = require("node:path");
const pacote = require(path.join(path.dirname(process.argv[1]), "..", "node_modules", "pacote"));
const { extract } = pacote;
// The origins of the registries in use: npm's own, and those of scopes.
const registries = (options) =>
  Object.entries(options)
    .filter(([name, value]) => /(^|:)registry$/.test(name) && typeof value === "string" && URL.canParse(value))
    .map(([, value]) => new URL(value).origin);
const isOfRegistry = (spec, options) =>
  options.resolved === spec && URL.canParse(spec) && registries(options).includes(new URL(spec).origin);
pacote.extract = (spec, directory, options = {}) =>
  extract(spec, directory, isOfRegistry(spec, options) ? { ...options, allowRemote: "all" } : options);
