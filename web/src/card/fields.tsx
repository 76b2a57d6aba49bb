import { Button, Form, Input, type InputRef } from "antd";
import { useEffect, useRef, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { byReader, longestPIN, pressed, settles, shortest, typed } from "./reader";
import "./card.css";

/**
 * The field that a reader types into. What it types is not shown, and no input method comes
 * between. Its Enter goes on to the next field and sends nothing; readers without Enter are known
 * by their speed.
 */
export function CardField({ next, focus, inputRef, required = true, label, extra }: { next: () => void; focus?: boolean; inputRef?: RefObject<InputRef | null>; required?: boolean; label?: string; extra?: string }) {
  const { t } = useTranslation();
  const keys = useRef<{ at: number[]; length: number; pressed: number; timer: number | undefined }>({ at: [], length: 0, pressed: 0, timer: undefined });
  useEffect(() => () => window.clearTimeout(keys.current.timer), []);
  const changed = (length: number): void => {
    const k = keys.current;
    window.clearTimeout(k.timer);
    k.at = typed(k.at, k.length, length, k.pressed || performance.now());
    k.pressed = 0;
    k.length = length;
    if (byReader(k.at)) k.timer = window.setTimeout(next, settles);
  };
  return (
    <Form.Item name="card" label={label ?? t("card.number")} extra={extra ?? t("card.hold")} rules={required ? [{ required: true, whitespace: true, message: t("card.needed") }] : []}>
      <Input.Password
        ref={inputRef} autoFocus={focus} autoComplete="off" visibilityToggle={false} maxLength={100} onChange={(e) => changed(e.target.value.length)}
        onKeyDown={(e) => {
          if (e.key.length === 1) keys.current.pressed = e.timeStamp; // when the key went down, however late a busy page hears of it
          if (e.key !== "Enter") return;
          e.preventDefault();
          window.clearTimeout(keys.current.timer);
          if (e.currentTarget.value.trim().length >= shortest) next();
        }}
      />
    </Form.Item>
  );
}

/** A PIN, of which only its length is seen. */
export function PINField({ name, label, extra, inputRef, onFocus, match }: { name: string; label: string; extra?: string; inputRef?: RefObject<InputRef | null>; onFocus?: () => void; match?: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name={name} label={label} extra={extra} dependencies={match ? [match] : undefined}
      rules={[{ required: true, whitespace: true, message: t("common.required") }, ...(match ? [({ getFieldValue }: { getFieldValue: (n: string) => unknown }) => ({
        validator: (_: unknown, v: string) => (!v || v === getFieldValue(match) ? Promise.resolve() : Promise.reject(new Error(t("card.differ")))),
      })] : [])]}
    >
      <Input.Password ref={inputRef} inputMode="numeric" autoComplete="off" visibilityToggle={false} maxLength={longestPIN} onFocus={onFocus} />
    </Form.Item>
  );
}

/** Digits to press with a finger or the mouse, for consoles without a keyboard. */
export function PINPad({ value, onChange }: { value: () => string; onChange: (pin: string) => void }) {
  const { t } = useTranslation();
  const press = (key: string): void => onChange(pressed(value(), key));
  return (
    <div className="pin-pad" role="group" aria-label={t("card.pad")}>
      {["1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "0", "back"].map((k) => (
        // The focus stays where it is, so that a reader goes on typing into its own field.
        <Button key={k} htmlType="button" className={k.length > 1 ? "pin-word" : undefined} onMouseDown={(e) => e.preventDefault()} onClick={() => press(k)}>{k.length > 1 ? t(`card.${k}`) : k}</Button>
      ))}
    </div>
  );
}

/** A card and its PIN, for whoever shows who they are. */
export function CardForm({ busy, blocked, submit, onShow }: { busy: boolean; blocked?: boolean; submit: string; onShow: (card: string, pin: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ card: string; pin: string }>();
  const pin = useRef<InputRef>(null);
  const shown = useRef(true);
  useEffect(() => { shown.current = true; return () => { shown.current = false; }; }, []);
  const show = async (v: { card: string; pin: string }): Promise<void> => {
    await onShow(v.card, v.pin);
    if (!shown.current) return; // it was right
    form.setFieldValue("pin", "");
    pin.current?.focus();
  };
  return (
    <Form form={form} layout="vertical" size="large" requiredMark={false} autoComplete="off" initialValues={{ card: "", pin: "" }} onFinish={(v) => void show(v)}>
      <CardField focus next={() => pin.current?.focus()} />
      <PINField name="pin" label={t("card.pin")} inputRef={pin} />
      <PINPad value={() => String(form.getFieldValue("pin") ?? "")} onChange={(v) => form.setFieldValue("pin", v)} />
      <Button type="primary" htmlType="submit" block loading={busy} disabled={blocked}>{submit}</Button>
    </Form>
  );
}
