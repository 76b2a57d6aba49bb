import { Modal } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/**
 * Whether a dialog is open for the person. One that was closed stays in the page, fading or
 * hidden, and what is around it is told later than it is; no key is lost to that.
 */
const stands = (dialog: Element): boolean => !dialog.classList.contains("ant-zoom-leave") && dialog.checkVisibility();

/**
 * Keys of a page, each pressed alone, ignored while somebody types or a dialog is open.
 * `chosen` is the button that the keyboard went to: Space presses that. One that a
 * pointer pressed has the focus too, but nobody means it any more.
 */
export function useKeys(handle: (e: KeyboardEvent, chosen: boolean) => boolean | void): void {
  const latest = useRef(handle);
  useEffect(() => {
    latest.current = handle;
  });
  useEffect(() => {
    let byKeyboard = false;
    const focused = (e: FocusEvent): void => { byKeyboard = e.target instanceof HTMLElement && e.target.matches(":focus-visible"); };
    const down = (e: KeyboardEvent): void => {
      if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
      if (document.querySelector(".behind-lock")) return;
      const el = e.target instanceof HTMLElement ? e.target : null;
      if (el?.closest("input, textarea, select, [contenteditable], [role=menu], [role=listbox], [role=combobox]")) return;
      const within = el?.closest("[role=dialog]");
      if (within && stands(within)) return;
      if ([...document.querySelectorAll(".ant-modal-wrap [role=dialog]")].some(stands)) return;
      const button = Boolean(el?.closest("button, a"));
      if (!latest.current(e, button && byKeyboard)) return;
      e.preventDefault();
      if (e.key === " " && button) el?.blur(); // some browsers press it when the key comes up again
    };
    window.addEventListener("keydown", down);
    window.addEventListener("focusin", focused);
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("focusin", focused);
    };
  }, []);
}

export interface KeyHelp { keys: string[]; text: string }

export function KeysDialog({ open, onClose, title, list }: { open: boolean; onClose: () => void; title: string; list: KeyHelp[] }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={`${t("keys.title")} · ${title}`} width={440}>
      <dl className="keys">
        {list.map((k) => (
          <div key={k.text}>
            <dt>{k.keys.map((x) => <kbd key={x}>{x}</kbd>)}</dt>
            <dd>{t(k.text)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
