import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

/** The new password of the field `of` once more: nobody sees what they typed. */
export function RepeatPassword({ of, label }: { of: string; label: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="repeat"
      label={label}
      dependencies={[of]}
      rules={[{ required: true, message: t("common.required") }, ({ getFieldValue }) => ({ validator: async (_, v: string) => { if (v && v !== getFieldValue(of)) throw new Error(t("setup.differ")); } })]}
    >
      <Input.Password autoComplete="new-password" />
    </Form.Item>
  );
}
