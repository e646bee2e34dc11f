import {h} from './dom.js';

/**
 * The stage on which a mesh is turned: three.js, loaded when the first mesh is shown. Unlit, the mesh has the photo's colours; lit,
 * a lamp shines on its normals from where the sliders say.
 */
export function stage() {
  const element = h('div', {class: 'stage', tabindex: 0, role: 'img', 'aria-label': 'The scene in three dimensions'});
  let parts = null;

  async function begin() {
    const three = await import('three');
    const {OrbitControls} = await import('/page/three/OrbitControls.js');
    const renderer = new three.WebGLRenderer({antialias: true, alpha: true, preserveDrawingBuffer: true});
    renderer.setPixelRatio(devicePixelRatio);
    const camera = new three.PerspectiveCamera(40, 1, .01, 1000);
    const scene = new three.Scene();
    const lamp = new three.DirectionalLight(0xffffff, 4);
    const sky = new three.AmbientLight(0xffffff, .5);
    scene.add(lamp, lamp.target, sky);
    element.append(renderer.domElement);
    const controls = new OrbitControls(camera, renderer.domElement);
    controls.listenToKeyEvents(element);
    const render = () => renderer.render(scene, camera);
    controls.addEventListener('change', render);
    new ResizeObserver(() => {
      if (element.clientWidth) {
        renderer.setSize(element.clientWidth, element.clientHeight);
        camera.aspect = element.clientWidth / element.clientHeight;
        camera.updateProjectionMatrix();
        render();
      }
    }).observe(element);
    return {three, scene, camera, controls, lamp, render, mesh: null};
  }

  return {
    element,

    /** Shows a mesh in binary glTF, as the studio makes it; returns its number of triangles. */
    async show(glb) {
      parts ??= await begin();
      const {three, scene, camera, controls} = parts;
      const geometry = geometryOf(three, glb);
      geometry.computeBoundingSphere();
      const materials = {
        plain: new three.MeshBasicMaterial({vertexColors: true, side: three.DoubleSide}),
        lit: new three.MeshStandardMaterial({vertexColors: true, side: three.DoubleSide, roughness: .8}),
        points: new three.PointsMaterial({vertexColors: true, size: .02}),
      };
      if (parts.mesh) {
        scene.remove(parts.mesh);
        parts.mesh.geometry.dispose();
      }
      parts.materials = materials;
      parts.mesh = geometry.index ? new three.Mesh(geometry, materials.plain) : new three.Points(geometry, materials.points);
      scene.add(parts.mesh);
      const {center, radius} = geometry.boundingSphere;
      controls.target.copy(center);
      camera.position.copy(center).add(new three.Vector3(.5 * radius, .4 * radius, 3 * radius));
      camera.near = radius / 100;
      camera.far = radius * 100;
      camera.updateProjectionMatrix();
      controls.update();
      parts.render();
      element.dataset.shown = 'true';
      return geometry.index ? geometry.index.count / 3 : 0;
    },

    /** Lights the mesh from a direction in degrees, or shows it in the photo's own light. */
    light(lit, around, above) {
      if (!parts?.mesh || !parts.mesh.geometry.index) {
        return;
      }
      const [a, b] = [around * Math.PI / 180, above * Math.PI / 180];
      const middle = parts.mesh.geometry.boundingSphere.center;
      parts.lamp.target.position.copy(middle);
      parts.lamp.position.set(Math.sin(a) * Math.cos(b), Math.sin(b), Math.cos(a) * Math.cos(b)).add(middle);
      parts.mesh.material = lit ? parts.materials.lit : parts.materials.plain;
      parts.render();
    },
  };
}

/** Reads the one mesh of a binary glTF file: positions, normals, colours of 16 bits, and triangles. */
function geometryOf(three, glb) {
  const view = new DataView(glb);
  const jsonLength = view.getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(new Uint8Array(glb, 20, jsonLength)));
  const start = 20 + jsonLength + 8;
  const primitive = json.meshes[0].primitives[0];
  const array = (index, Type, width) => {
    const accessor = json.accessors[index];
    const {byteOffset = 0} = json.bufferViews[accessor.bufferView];
    return new Type(glb.slice(start + byteOffset, start + byteOffset + accessor.count * width * Type.BYTES_PER_ELEMENT));
  };
  const geometry = new three.BufferGeometry();
  geometry.setAttribute('position', new three.BufferAttribute(array(primitive.attributes.POSITION, Float32Array, 3), 3));
  geometry.setAttribute('normal', new three.BufferAttribute(array(primitive.attributes.NORMAL, Float32Array, 3), 3));
  geometry.setAttribute('color', new three.BufferAttribute(array(primitive.attributes.COLOR_0, Uint16Array, 4), 4, true));
  if (primitive.indices !== undefined) {
    geometry.setIndex(new three.BufferAttribute(array(primitive.indices, Uint32Array, 1), 1));
  }
  return geometry;
}
