/** Refuses `new Date()`: the time of now makes a run that cannot be repeated. */
const noNow = {
  create(context) {
    return {
      NewExpression(node) {
        const { callee } = node;
        if (callee.type !== 'Identifier' || callee.name !== 'Date') return;
        if (node.arguments.length > 0) return;
        context.report({ node, message: 'Times are passed in, so that a run can be repeated.' });
      },
    };
  },
};

export default { meta: { name: 'mmgrid' }, rules: { 'no-now': noNow } };
