// Builds the page's files into the folder given, by default server/static: one script and one style sheet, named by
// their hashes, each also compressed, and manifest.json, which names them.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = process.argv[2] ?? "../server/static";
const unfinished = `${folder}.unfinished`;

// GraphiQL's style sheet carries two fonts in itself, 270 kB that don't compress. The system's own do as well.
const withoutFonts = {
  name: "without-fonts",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: { explorer: "src/main.tsx" },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  write: false,
  outdir: "out",
  plugins: [withoutFonts],
  logLevel: "warning",
});

rmSync(unfinished, { recursive: true, force: true });
mkdirSync(unfinished, { recursive: true });
const script = outputFiles.find(({ path }) => path.endsWith(".js"));
const style = outputFiles.find(({ path }) => path.endsWith(".css"));
const manifest = {
  script: write("explorer.js", script.contents),
  style: write("explorer.css", style.contents),
  icon: write("icon.svg", readFileSync("src/icon.svg")),
};
writeFileSync(join(unfinished, "manifest.json"), JSON.stringify(manifest));
rmSync(folder, { recursive: true, force: true });
renameSync(unfinished, folder);

/** Writes the file under a name with its hash, and its compressed forms beside it; the name. */
function write(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const hashed = basename(name).replace(".", `-${hash}.`);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } };
  writeFileSync(join(unfinished, hashed), contents);
  writeFileSync(join(unfinished, `${hashed}.gz`), gzipSync(contents, { level: 9 }));
  writeFileSync(join(unfinished, `${hashed}.br`), brotliCompressSync(contents, quality));
  return hashed;
}
