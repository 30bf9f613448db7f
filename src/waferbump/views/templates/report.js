// The step slider: shows a copy of a step's picture. Without script the steps below are all there is, and enough.
for (const run of document.querySelectorAll(".run")) {
  const viewer = run.querySelector(".viewer");
  if (!viewer) continue;
  const steps = [...run.querySelectorAll(".step")];
  const slider = viewer.querySelector("input"), stage = viewer.querySelector(".stage"), label = viewer.querySelector("output");
  const show = () => {
    const step = steps[slider.value - 1];
    // ids must stay unique on the page
    stage.innerHTML = step.querySelector("figure").outerHTML.replaceAll('"' + step.dataset.prefix, '"v' + step.dataset.prefix)
      .replaceAll("#" + step.dataset.prefix, "#v" + step.dataset.prefix).replaceAll(" " + step.dataset.prefix, " v" + step.dataset.prefix);
    label.textContent = slider.value + " of " + steps.length + ": " + step.querySelector("h3").childNodes[1].textContent.trim();
    viewer.dataset.step = slider.value;
  };
  slider.addEventListener("input", show);
  viewer.querySelector(".back").addEventListener("click", () => { slider.stepDown(); show(); });
  viewer.querySelector(".on").addEventListener("click", () => { slider.stepUp(); show(); });
  viewer.hidden = false;
  show();
}
