/** A chat format by its name in mergekit, and the tokens without which it is only text. */
export interface ChatPreset {
  /** Jinja, as Transformers runs it. */
  readonly template: string;
  readonly markers: readonly string[];
}

const CHATML = [
  "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}",
  "{{- message.content + '<|im_end|>\\n' }}{%- endfor %}",
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
];

const ALPACA = [
  "{%- for message in messages %}{%- if message.role == 'system' %}",
  "{{- message.content + '\\n\\n' }}{%- elif message.role == 'user' %}",
  "{{- '### Instruction:\\n' + message.content + '\\n\\n' }}",
  "{%- elif message.role == 'assistant' %}",
  "{{- '### Response:\\n' + message.content + '\\n\\n' }}{%- endif %}{%- endfor %}",
  "{%- if add_generation_prompt %}{{- '### Response:\\n' }}{%- endif %}",
];

const LLAMA3 = [
  '{{- bos_token }}{%- for message in messages %}',
  "{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}",
  "{{- message.content | trim + '<|eot_id|>' }}{%- endfor %}",
  '{%- if add_generation_prompt %}',
  "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}",
];

const MISTRAL = [
  "{%- if messages and messages[0].role == 'system' %}",
  "{%- set system = messages[0].content + '\\n\\n' %}{%- set turns = messages[1:] %}",
  "{%- else %}{%- set system = '' %}{%- set turns = messages %}{%- endif %}",
  '{{- bos_token }}{%- for message in turns %}',
  "{%- if message.role == 'user' %}{{- '[INST] ' }}",
  "{%- if loop.first %}{{- system }}{%- endif %}{{- message.content + ' [/INST]' }}",
  "{%- elif message.role == 'assistant' %}{{- ' ' + message.content + eos_token }}",
  '{%- endif %}{%- endfor %}',
];

const EXAONE = [
  "{%- if not messages or messages[0].role != 'system' %}",
  "{{- '[|system|][|endofturn|]\\n' }}{%- endif %}",
  "{%- for message in messages %}{{- '[|' + message.role + '|]' + message.content }}",
  "{%- if message.role != 'user' %}{{- '[|endofturn|]' }}{%- endif %}{{- '\\n' }}",
  "{%- endfor %}{%- if add_generation_prompt %}{{- '[|assistant|]' }}{%- endif %}",
];

export const CHAT_PRESETS: ReadonlyMap<string, ChatPreset> = new Map([
  ['alpaca', { template: ALPACA.join(''), markers: [] }],
  ['chatml', { template: CHATML.join(''), markers: ['<|im_start|>', '<|im_end|>'] }],
  ['exaone', { template: EXAONE.join(''), markers: ['[|endofturn|]'] }],
  [
    'llama3',
    {
      template: LLAMA3.join(''),
      markers: ['<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
    },
  ],
  ['mistral', { template: MISTRAL.join(''), markers: [] }],
]);
