export const source = async () => {
  const response = await fetch(new URL("../wasm/grantkit_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${response.url}`);
  try {
    // Compiles while it loads, if the server sends it as application/wasm.
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    return response.arrayBuffer();
  }
};
