// What is deflated in a page, in base64: its data, which are JSON, and its script.

async function inflated(id) {
  const packed = document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

inflated("program").then((text) => {
  const script = document.createElement("script");
  script.textContent = text;
  document.body.append(script);
});
