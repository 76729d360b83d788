// What a reader of the page would have to read by now, as a few numbers: evaluated in a world of its own, so that the
// page's scripts can neither see nor change it. Digits are left out: a clock that ticks is no text on its way.
(() => {
  const skipped = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE"]);
  const roots = [document.body];
  let words = 0;
  let hash = 5381;
  while (roots.length > 0) {
    const root = roots.pop();
    if (!root) continue;
    const shown = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
    const walker = document.createTreeWalker(root, shown, (node) =>
      skipped.has(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (node.shadowRoot) roots.push(node.shadowRoot);
        continue;
      }
      const text = node.data.replace(/[\s\d]+/g, " ").trim();
      if (text === "") continue;
      words += text.split(" ").length;
      for (let i = 0; i < text.length; i += 1) hash = (Math.imul(hash, 33) ^ text.charCodeAt(i)) | 0;
    }
  }
  const navigation = performance.getEntriesByType("navigation")[0];
  return { ready: document.readyState, url: location.href, status: navigation?.responseStatus ?? 0, words, hash };
})()
