// Redoc in this house's colours, by day and by night.
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#e6ece8" : "#16241e";
const soft = dark ? "#a3b3ab" : "#56665e";
const line = dark ? "#2b3833" : "#e3e5dd";
const leaf = dark ? "#83cdb0" : "#17624a";
const warm = dark ? "#eda171" : "#a4470f";
const text = '"Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const code = 'ui-monospace, "SFMono-Regular", Menlo, "DejaVu Sans Mono", monospace';
const http = dark
  ? { get: "#83cdb0", post: "#8fb8f0", put: "#e2c07a", patch: "#e2c07a", delete: "#f0948a" }
  : { get: "#17624a", post: "#1d5a9e", put: "#8a5a00", patch: "#8a5a00", delete: "#a8322a" };

Redoc.init(
  "/docs/reference.json",
  {
    disableSearch: false,
    hideDownloadButton: true,
    hideHostname: true,
    jsonSamplesExpandLevel: 2,
    nativeScrollbars: true,
    requiredPropsFirst: true,
    scrollYOffset: () => document.querySelector(".bar").offsetHeight,
    showExtensions: ["x-merge"],
    sortTagsAlphabetically: false,
    theme: {
      breakpoints: { small: "48rem", medium: "66rem", large: "92rem" },
      colors: {
        primary: { main: leaf },
        success: { main: leaf },
        warning: { main: warm },
        error: { main: dark ? "#f0948a" : "#a8322a" },
        text: { primary: ink, secondary: soft },
        border: { dark: line, light: line },
        http,
        responses: {
          success: { color: leaf, backgroundColor: dark ? "#1b2c25" : "#e9f2ec", tabTextColor: "#83cdb0" },
          error: { color: warm, backgroundColor: dark ? "#2c211a" : "#faf0e8", tabTextColor: "#eda171" },
        },
      },
      schema: {
        nestedBackground: dark ? "#141c18" : "#f5f4ee",
        linesColor: dark ? "#3c4d45" : "#b9c6bd",
        typeNameColor: soft,
        typeTitleColor: leaf,
        requireLabelColor: warm,
      },
      sidebar: { width: "17.5rem", backgroundColor: dark ? "#141c18" : "#f4f2ea", textColor: ink, activeTextColor: leaf },
      rightPanel: { backgroundColor: dark ? "#0b120f" : "#12211b", width: "40%", textColor: "#dfeae4" },
      codeBlock: { backgroundColor: dark ? "#070c0a" : "#0b1612" },
      typography: {
        fontSize: "15px",
        lineHeight: "1.65",
        fontFamily: text,
        headings: { fontFamily: text, fontWeight: "600" },
        code: { fontFamily: code, fontSize: "13px", color: ink, backgroundColor: dark ? "#1b2c25" : "#e9f2ec", wrap: true },
        links: { color: leaf, visited: leaf, hover: leaf },
      },
    },
  },
  document.getElementById("docs"),
);
