// How much lighter or darker each kind of text is than what is behind it, as WCAG 2 counts it.
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const paint = canvas.getContext("2d", { willReadFrequently: true });

  const over = (layers) => {
    for (const layer of layers) {
      paint.fillStyle = layer;
      paint.fillRect(0, 0, 1, 1);
    }
    return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };

  const luminance = (rgb) => {
    const linear = rgb
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };

  const grounds = (one) =>
    one ? [...grounds(one.parentElement), getComputedStyle(one).backgroundColor] : ["white"];

  // The shapes of a drawing that come before the text and are filled where its middle is.
  const shapes = (text) => {
    if (!text.ownerSVGElement) return [];
    const box = text.getBoundingClientRect();
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    return [...text.ownerSVGElement.querySelectorAll("rect, circle, ellipse, path")]
      .filter((shape) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING)
      .filter((shape) => getComputedStyle(shape).fill !== "none")
      .filter((shape) => shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse())))
      .map((shape) => getComputedStyle(shape).fill);
  };

  const found = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !one.checkVisibility()) continue;
    if (one.closest("[aria-hidden=true], style, script, title, desc")) continue;
    const style = getComputedStyle(one);
    const ground = [...grounds(one), ...shapes(one)];
    const ink = one instanceof SVGElement ? style.fill : style.color;
    const [light, dark] = [luminance(over(ground)), luminance(over([...ground, ink]))].sort(
      (one, other) => other - one,
    );
    const kind = one.closest("[class]")?.getAttribute("class") ?? "";
    const what = [kind, one.localName, ink, ground.at(-1)].join(" | ");
    found[what] = Math.min(found[what] ?? Infinity, (light + 0.05) / (dark + 0.05));
  }
  return found;
};
