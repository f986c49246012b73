Redoc.init(
  "/v1/openapi.json",
  {
    disableSearch: true,
    hideDownloadButton: false,
    jsonSamplesExpandLevel: 3,
    requiredPropsFirst: true,
    nativeScrollbars: true,
    theme: {
      colors: { primary: { main: "#17624a" } },
      typography: {
        fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif',
        headings: { fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif' },
        code: { fontFamily: 'ui-monospace, Menlo, "DejaVu Sans Mono", monospace' },
      },
    },
  },
  document.getElementById("docs"),
);
