// The page as HTML. What stands in shadow trees is put where a reader sees it: HTML has no other way to say it.
((most) => {
  const flatten = (root) => {
    for (const host of root.querySelectorAll("*")) {
      const shadow = host.shadowRoot;
      if (!shadow) continue;
      flatten(shadow);
      for (const slot of shadow.querySelectorAll("slot")) {
        const given = slot.assignedNodes();
        slot.replaceWith(...(given.length > 0 ? given : slot.childNodes));
      }
      host.replaceChildren(...shadow.childNodes);
    }
  };
  flatten(document);
  const type = document.doctype ? `<!DOCTYPE ${document.doctype.name}>\n` : "";
  const html = type + document.documentElement.outerHTML;
  return { url: location.href, html: html.length > most ? null : html };
})(MOST)
