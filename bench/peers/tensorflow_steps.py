# Times TensorFlow's training steps in graph mode for bench:train.  tensorflow_steps.py MODEL BATCH vsgd|adamw
import os
import sys
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
import tensorflow as tf
from tensorflow.keras import Sequential, layers
from lines import matrix_peak, serve

VGG16 = [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]


def norm():
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)


def vgg16(x):
    for outputs in VGG16:
        if outputs == 0:
            x = layers.MaxPool2D(2)(x)
        else:
            x = layers.ReLU()(norm()(layers.Conv2D(outputs, 3, padding='same')(x)))
    return x


def convmixer(dim, depth, kernel, patch):
    def gelu(x):
        return norm()(tf.keras.activations.gelu(x, approximate=False))

    def build(x):
        x = gelu(layers.Conv2D(dim, patch, strides=patch)(x))
        for _ in range(depth):
            x = layers.Add()([gelu(layers.DepthwiseConv2D(kernel, padding='same')(x)), x])
            x = gelu(layers.Conv2D(dim, 1)(x))
        return x
    return build


def resnext(cardinality, depth, widen):
    def conv(x, outputs, size, stride=1, groups=1):
        padded = layers.ZeroPadding2D(size // 2)(x) if size > 1 else x
        return norm()(layers.Conv2D(outputs, size, strides=stride, groups=groups, use_bias=False)(padded))

    def build(x):
        x, inputs = layers.ReLU()(conv(x, 64, 3)), 64
        for stage in range(3):
            outputs = 64 * widen * 2 ** stage
            for index in range((depth - 2) // 9):
                stride = 2 if index == 0 and stage > 0 else 1
                width = cardinality * int(64 * outputs / (widen * 64))
                y = layers.ReLU()(conv(x, width, 1))
                y = layers.ReLU()(conv(y, width, 3, stride, cardinality))
                y = conv(y, outputs, 1)
                x = layers.ReLU()(layers.Add()([x if inputs == outputs else conv(x, outputs, 1, stride), y]))
                inputs = outputs
        return x
    return build


MODELS = {'mnist': (convmixer(16, 4, 3, 2), (28, 28, 1), 10), 'convmixer': (convmixer(256, 8, 5, 2), (32, 32, 3), 100),
          'vgg': (vgg16, (32, 32, 3), 100), 'resnext': (resnext(8, 18, 4), (32, 32, 3), 100)}
name, batch, optimizer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
build, shape, classes = MODELS[name]
source = tf.keras.Input(shape)
model = tf.keras.Model(source, layers.Dense(classes)(layers.GlobalAveragePooling2D()(build(source))))
weights = model.trainable_variables
slots = [[tf.Variable(tf.zeros_like(w)) for _ in range(3)] for w in weights]
t = tf.Variable(1.0)
images, labels = tf.random.uniform((batch, *shape)), tf.range(batch) % classes
LR, PS, GHATTG, EPS = 0.01, 1e-7, 30.0, 1e-8


def vsgd(w, g, slot):
    mu, bg, bhg = slot
    pa2, pbg2, pbhg2 = 2 * PS + 1 + 1e-4, 2 * PS, 2 * GHATTG * PS
    first = tf.cast(t <= 1.0, tf.float32)
    sg = bg / pa2 + first * (pbg2 / (pa2 - 1))
    sh = bhg / pa2 + first * (pbhg2 / (pa2 - 1))
    new = (g * sg + mu * sh) / (sg + sh)
    second = sg * sh / (sg + sh) + new * new
    rho1, rho2 = t ** -0.81, t ** -0.9
    bg.assign((1 - rho1) * bg + rho1 * (pbg2 + second - 2 * new * mu + mu * mu))
    bhg.assign((1 - rho2) * bhg + rho2 * (pbhg2 + second - 2 * g * new + g * g))
    mu.assign(new)
    w.assign_sub(LR * new / (tf.sqrt(second) + EPS))


def adamw(w, g, slot):
    m, v, _ = slot
    m.assign(0.9 * m + 0.1 * g)
    v.assign(0.999 * v + 0.001 * g * g)
    w.assign(w * (1 - 1e-5) - 1e-3 * (m / (1 - 0.9 ** t)) / (tf.sqrt(v / (1 - 0.999 ** t)) + EPS))


@tf.function
def train():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images, training=True)))
    for w, g, slot in zip(weights, tape.gradient(loss, weights), slots):
        (vsgd if optimizer == 'vsgd' else adamw)(w, g, slot)
    t.assign_add(1.0)
    return loss


matrices = tf.random.uniform((1536, 1536)), tf.random.uniform((1536, 1536))
serve({'version': 'TensorFlow ' + tf.__version__, 'threads': os.cpu_count(), 'parameters': sum(int(tf.size(w)) for w in weights)},
      lambda: float(train()), lambda: matrix_peak(lambda: tf.matmul(*matrices).numpy()))
