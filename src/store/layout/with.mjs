// Lets a tool find the packages that the manifest installs beside it (`with`), where it looks for them from a file of
// the project: a plugin that a configuration names, or that a configuration in JavaScript imports. What the project
// has itself comes first. A package that is beside the tool is asked for from here, where node finds it.
import module from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";

const isPackage = (specifier) => !/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:|#)/i.test(specifier);

/** The package to look for beside the tool after `specifier` was not found, if it may be one. */
function packageOf(specifier, error) {
  const codes = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"];
  if (!codes.includes(error?.code)) return undefined;
  if (isPackage(specifier)) return specifier;
  // Some tools take a plugin's name for a path first, and then look for it without asking node (prettier 3).
  const here = pathToFileURL(`${process.cwd()}/`).href;
  const rest = specifier.startsWith(here) ? decodeURIComponent(specifier.slice(here.length)) : "";
  return /^(@[^/]+\/)?[^/.][^/]*$/.test(rest) ? rest : undefined;
}

/** For a node that runs such functions in a thread of their own (before 22.15 and 23.5). */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    const name = packageOf(specifier, error);
    if (name === undefined) throw error;
    return next(name, { ...context, parentURL: import.meta.url }).catch(() => Promise.reject(error));
  }
}

function resolveNow(specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    const name = packageOf(specifier, error);
    if (name === undefined) throw error;
    try {
      return next(name, { ...context, parentURL: import.meta.url });
    } catch {
      throw error;
    }
  }
}

if (module.registerHooks) {
  module.registerHooks({ resolve: resolveNow });
} else if (isMainThread) {
  module.register(import.meta.url);
}

// `require`, `require.resolve`, which no hook sees, and tools that have a search of their own and go by the variable.
// Those read it when they search, so it stays, also for what the tool starts.
const modules = fileURLToPath(new URL("node_modules", import.meta.url));
process.env.NODE_PATH = [modules, process.env.NODE_PATH].filter(Boolean).join(":");
module._initPaths();
