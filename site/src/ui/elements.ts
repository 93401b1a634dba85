/** Finding and making elements. Text from outside enters the page through these and never as HTML. */

/** The element of that id in index.html. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) {
    throw new Error(`index.html has no ${type.name} of id "${id}".`);
  }
  return element;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A button whose accessible name says which of many rows it belongs to. */
export function rowButton(label: string, what: string, onClick: () => void): HTMLButtonElement {
  const button = make("button", { type: "button", textContent: label, onclick: onClick });
  button.ariaLabel = `${label} ${what}`;
  return button;
}

/** Writes a message beside a control, or takes it away; the control names that element in aria-describedby. */
export function showProblem(control: HTMLElement, message: HTMLElement, problem: string): void {
  message.textContent = problem;
  control.ariaInvalid = problem === "" ? null : "true";
}
